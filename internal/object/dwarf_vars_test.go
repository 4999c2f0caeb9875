package object

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// variables reads the variables of an object of testdata/dwarf that was changed, and returns them by the section of bump().
func variables(t *testing.T, name string, change func(*elfFile)) (*dwarfVars, int) {
	t.Helper()
	data, err := os.ReadFile("../../testdata/dwarf/" + name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parseELF(name, data)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(f)
	}
	return &dwarfVars{lines: &dwarfLines{elf: f}}, f.find(".text")
}

func TestVariables(t *testing.T) {
	for _, name := range []string{"dwarf4.bpf.o", "dwarf5.bpf.o"} {
		vars, text := variables(t, name, nil)
		for _, c := range []struct {
			insn uint32
			reg  int
			want string
		}{
			{0, 1, "key"}, {1, 1, ""}, {1, 2, "key"}, {3, 2, "key"}, {4, 0, "n"}, {7, 0, "n"}, {8, 0, ""}, {4, 1, ""}, {99, 0, ""},
		} {
			if got := vars.find(text, c.insn, c.reg); got != c.want {
				t.Errorf("%s: R%d before instruction %d: %q, want %q", name, c.reg, c.insn, got, c.want)
			}
		}
		if got := vars.find(text+99, 0, 1); got != "" {
			t.Errorf("%s: %q in no section", name, got)
		}
	}
	var none *Variables
	if got := none.In(1, 1); got != "" {
		t.Errorf("%q without DWARF", got)
	}
}

// Tables that each entry would be looked up in for long tell nothing.
func TestVariablesAreBounded(t *testing.T) {
	grow := func(section string, add []byte) func(*elfFile) {
		return func(f *elfFile) {
			s := &f.sections[f.find(section)]
			s.data = append(bytes.Clone(s.data), add...)
		}
	}
	for name, change := range map[string]func(*elfFile){
		"abbreviations": grow(".debug_abbrev", make([]byte, maxDWARFAbbrev)),
		"a long string": grow(".debug_str", []byte(strings.Repeat("x", maxDWARFString+1)+"\x00")),
		"no end":        grow(".debug_str", bytes.Repeat([]byte("x"), maxDWARFString+2)),
	} {
		vars, text := variables(t, "dwarf4.bpf.o", change)
		if got := vars.find(text, 0, 1); got != "" || vars.of != nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	vars, text := variables(t, "dwarf4.bpf.o", func(f *elfFile) { // units that are the same again and again
		info := &f.sections[f.find(".debug_info")]
		info.data = bytes.Repeat(info.data, 1<<12)
	})
	if vars.find(text, 0, 1) != "key" {
		t.Error("repeated units tell nothing")
	}
	n := 0
	for _, of := range vars.of {
		n += len(of)
	}
	if n == 0 || n > maxDWARFVars {
		t.Errorf("%d places", n)
	}
}

// Damage makes names wrong or missing, and nothing worse.
func TestDamagedVariables(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		for _, name := range []string{"dwarf4.bpf.o", "dwarf5.bpf.o"} {
			vars, text := variables(t, name, func(f *elfFile) {
				for i := range f.sections {
					s := &f.sections[i]
					if !strings.HasPrefix(s.name, ".debug_") || len(s.data) == 0 || r.IntN(2) == 0 {
						continue
					}
					s.data = bytes.Clone(s.data)
					for range 1 + r.IntN(4) {
						s.data[r.IntN(len(s.data))] = byte(r.Uint32())
					}
					if r.IntN(8) == 0 {
						s.data = s.data[:r.IntN(len(s.data))]
					}
				}
			})
			vars.find(text, 0, 1)
			if len(vars.of[text]) > maxDWARFVars {
				t.Errorf("%d places", len(vars.of[text]))
			}
		}
	}
}
