package object

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"os"
	"slices"
	"strings"
	"testing"
)

// A section is relocated once, however many relocation sections name it: a copy for each would take hours.
func TestRelocatedOnce(t *testing.T) {
	reloc := make([]byte, 16)
	le.PutUint64(reloc, 8)
	le.PutUint64(reloc[8:], r_BPF_64_ABS64)
	f := &elfFile{
		sections: []elfSection{{}, {name: ".debug_info", data: make([]byte, 16<<20)}},
		symbols:  []elfSymbol{{shndx: 3, value: 16}},
	}
	for range 1<<16 - 3 {
		f.sections = append(f.sections, elfSection{name: ".rel.debug_info", typ: elf.SHT_REL, info: 1, data: reloc})
	}
	got := (&dwarfLines{elf: f}).section(".debug_info")
	if n := le.Uint64(got[8:]); n != 3<<32+16 {
		t.Errorf("%#x, want instruction 2 of section 3", n)
	}
}

func TestUnitEntries(t *testing.T) {
	unit := func(head string, length int) string { return head + strings.Repeat("\x00", length-len(head)) }
	v4 := unit("\x1c\x00\x00\x00\x04\x00", 32)
	v5 := unit("\x1c\x00\x00\x00\x05\x00\x01\x08", 32)
	types := unit("\x1c\x00\x00\x00\x05\x00\x02\x08", 32)
	wide := unit("\xff\xff\xff\xff\x24\x00\x00\x00\x00\x00\x00\x00\x05\x00\x01\x08", 48)
	for name, c := range map[string]struct {
		info string
		want []dwarf.Offset
	}{
		"each kind":     {v4 + v5 + types + wide + v4, []dwarf.Offset{11, 32 + 12, 96 + 24, 144 + 11}},
		"a long one":    {v4 + unit("\xf0\xff\xff\xff\x04\x00", 32), []dwarf.Offset{11, 32 + 11}},
		"a longer one":  {unit("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x04\x00", 32), []dwarf.Offset{23}},
		"one cut short": {v4[:20], nil},
	} {
		if got := unitEntries([]byte(c.info)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// Units that all begin with the same large tables tell nothing: reading those for each would take hours.
func TestUnitsShareTables(t *testing.T) {
	data, err := os.ReadFile("../../testdata/dwarf/dwarf4.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	lines := func(change func(*elfFile)) int {
		f, err := parseELF("dwarf4.bpf.o", data)
		if err != nil {
			t.Fatal(err)
		}
		change(f)
		d := &dwarfLines{elf: f}
		d.read()
		n := 0
		for _, of := range d.of {
			n += len(of)
		}
		return n
	}
	once := lines(func(*elfFile) {})
	repeated := func(units, table int) func(*elfFile) {
		return func(f *elfFile) {
			info, line := &f.sections[f.find(".debug_info")], &f.sections[f.find(".debug_line")]
			info.data = bytes.Repeat(info.data, units)
			line.data = append(bytes.Clone(line.data), make([]byte, table)...)
		}
	}
	if twice := lines(repeated(2, 0)); once == 0 || twice != 2*once {
		t.Errorf("%d lines of a unit, %d of two", once, twice)
	}
	if n := lines(repeated(1<<12, 1<<20)); n != 0 {
		t.Errorf("%d lines of units with tables too large", n)
	}
}
