package object

import (
	"debug/elf"
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

func TestElfSections(t *testing.T) {
	for section, want := range map[string]abi.ProgType{
		"xdp": abi.PROG_TYPE_XDP, "xdp_filter": abi.PROG_TYPE_XDP, "prog": abi.PROG_TYPE_XDP,
		"action": abi.PROG_TYPE_SCHED_ACT, "action/2": abi.PROG_TYPE_SCHED_ACT,
		"classifier": abi.PROG_TYPE_SCHED_CLS, "from-container": abi.PROG_TYPE_SCHED_CLS, "2/7": abi.PROG_TYPE_SCHED_CLS,
	} {
		if def, _ := iproute2.sections.find(section); def.typ != want {
			t.Errorf("%s: %v, want %v", section, def.typ, want)
		}
	}
}

func TestElfMaps(t *testing.T) {
	o, err := iproute2.Load("../../testdata/loaders/elfmap.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range o.maps {
		names = append(names, m.name)
	}
	if !slices.Equal(names, []string{"inner", "outer"}) {
		t.Fatal(names)
	}
	outer := o.maps[1]
	if outer.inner == nil || outer.inner.typ != abi.MAP_TYPE_ARRAY || outer.inner.entries != 4 {
		t.Errorf("inner map: %+v", outer.inner)
	}
	if len(outer.slots) != 1 || outer.slots[0].index != 0 || outer.slots[0].inner != o.maps[0] {
		t.Errorf("slots: %+v", outer.slots)
	}
	if sym := (&elfSymbol{name: "x", info: byte(elf.STT_FUNC)}); sym.variable() {
		t.Error("a function is no map")
	}
}

// TestElfMapSymbols: iproute2 divides the section by its symbols, whose sizes it doesn't ask for.
func TestElfMapSymbols(t *testing.T) {
	for _, c := range []struct {
		bytes   int
		symbols []uint64 // where they are
		size    int
		want    string
	}{
		{56, []uint64{0, 28}, 28, ""},
		{36, []uint64{0}, 36, ""},
		{20, nil, 0, "0 maps not supported in current map section!"},
		{30, []uint64{0}, 0, "Number BPF map symbols are not multiple of struct bpf_elf_map!"},
		{56, []uint64{0, 36}, 0, "Different struct bpf_elf_map in use!"},
		{40, []uint64{0}, 0, "struct bpf_elf_map not supported, coming from future version?"},
		{12, []uint64{0}, 0, "struct bpf_elf_map too small, not supported!"},
	} {
		f := &elfFile{sections: []elfSection{{}, {name: "maps", data: make([]byte, c.bytes)}}}
		for _, at := range c.symbols {
			f.symbols = append(f.symbols, elfSymbol{name: "m", info: byte(elf.STB_GLOBAL) << 4, shndx: 1, value: at})
		}
		at, size, err := (&Object{elf: f}).elfMapSymbols(1)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != c.want || size != c.size || err == nil && len(at) != len(c.symbols) {
			t.Errorf("%d bytes, symbols at %d: %d, %q, want %d, %q", c.bytes, c.symbols, size, text, c.size, c.want)
		}
	}
}

// TestSectionRelocations: what iproute2 does with relocations, and what it refuses a program for.
func TestSectionRelocations(t *testing.T) {
	const text, prog, maps, rodata = 1, 2, 3, 4
	call := insn.Insn{Code: insn.JMP | insn.CALL, Src: insn.PSEUDO_CALL, Imm: -1}
	load := []insn.Insn{{Code: insn.LD | insn.IMM | insn.DW}, {}}
	exit := insn.Insn{Code: insn.JMP | insn.EXIT}
	rel := func(pairs ...uint64) []byte { // offset and symbol
		var b []byte
		for i := 0; i < len(pairs); i += 2 {
			b = le.AppendUint64(b, pairs[i])
			b = le.AppendUint64(b, pairs[i+1]<<32)
		}
		return b
	}
	for _, c := range []struct {
		name      string
		prog      []insn.Insn
		rel, text []byte // relocations
		refused   string
		call      int32 // where instruction 0 calls to, less 1
	}{
		{"call of .text", []insn.Insn{call, exit}, rel(0, text), rel(0, maps), "", 1},
		{"load of a map", append(load, exit), rel(0, maps), rel(0, maps), "", 0},
		{".text without relocations", []insn.Insn{exit}, nil, nil, errFetch.Error(), 0},
		{"data", append(load, exit), rel(0, rodata), rel(0, maps), "ELF contains non-{map,call} related relo data in entry 0 pointing to section 4! Compiler bug?!", 0},
		{"map in another instruction", []insn.Insn{exit}, rel(0, maps), rel(0, maps), "ELF contains relo data for non ld64 instruction at offset 0! Compiler bug?!", 0},
		{"outside", []insn.Insn{exit}, rel(80, maps), rel(0, maps), errFetch.Error(), 0},
		{"data in .text", []insn.Insn{exit}, nil, rel(0, rodata), "ELF contains non-{map,call} related relo data in entry 0 pointing to section 4! Compiler bug?!", 0},
	} {
		o := &Object{loader: iproute2, maps: []*mapDef{{section: maps}}, elf: &elfFile{
			text: text,
			sections: []elfSection{{}, {name: ".text"}, {name: "classifier"}, {name: "maps", data: make([]byte, 20)}, {name: ".rodata"},
				{typ: elf.SHT_REL, info: prog, data: c.rel}, {typ: elf.SHT_REL, info: text, data: c.text}},
			symbols: []elfSymbol{{}, {shndx: text}, {}, {name: "m", info: byte(elf.STB_GLOBAL) << 4, shndx: maps}, {shndx: rodata}},
		}}
		if c.text == nil {
			o.elf.sections = o.elf.sections[:6]
		}
		fn := &function{elfSection: prog, insns: slices.Clone(c.prog)}
		o.funcs = []*function{{elfSection: text, insns: append(slices.Clone(load), exit)}, fn}
		o.relocateSections()
		refused := ""
		if fn.refused != nil {
			refused = fn.refused.Error()
		}
		if refused != c.refused || fn.insns[0].Imm != c.call || (fn.text != nil) != (c.call != 0) {
			t.Errorf("%s: refused %q, calls %d, followed by .text: %t", c.name, refused, fn.insns[0].Imm, fn.text != nil)
		}
	}
}

// TestEmptyElfMaps: iproute2 passes over an empty section, and a program is loaded as it lies there.
func TestEmptyElfMaps(t *testing.T) {
	load := []insn.Insn{{Code: insn.LD | insn.IMM | insn.DW}, {}}
	fn := &function{elfSection: 1, insns: slices.Clone(load)}
	o := &Object{loader: iproute2, funcs: []*function{fn}, elf: &elfFile{
		sections: []elfSection{{}, {name: "classifier"}, {name: "maps"}, {typ: elf.SHT_REL, info: 1, data: make([]byte, 16)}},
		symbols:  []elfSymbol{{name: "m", info: byte(elf.STB_GLOBAL) << 4, shndx: 2}},
	}}
	if err := o.readElfMaps(); err != nil || len(o.maps) > 0 {
		t.Fatal(err, o.maps)
	}
	o.relocateSections()
	if fn.refused != nil || len(fn.relocs) > 0 || !slices.Equal(fn.insns, load) {
		t.Errorf("%v, %v, %v", fn.refused, fn.relocs, fn.insns)
	}
}
