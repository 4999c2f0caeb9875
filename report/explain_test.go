package report

import (
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/diagnosis"
)

// A statement of assembly is one line, whatever it holds: each place in it shows its instruction.
func TestExplainAssembly(t *testing.T) {
	at := func(insn int, asm, label string) diagnosis.Place {
		return diagnosis.Place{File: "a.c", Line: 7, Column: 2, Width: 3, Text: "\tasm volatile (\"", Insn: insn, Asm: asm, Function: "f", Label: label}
	}
	last := at(4, "(71) r0 = *(u8 *)(r0 +0)", "reads 1 byte")
	p := &Program{Object: "a.o", Name: "f", Section: "xdp", Kernel: "6.18", Diagnosis: &diagnosis.Diagnosis{
		Code: "BV0101", Title: "t", Primary: &last, Secondary: []diagnosis.Place{at(2, "(b7) r1 = 9", "it is set here")},
	}}
	var b strings.Builder
	if err := Explain(&b, p, ExplainOptions{}); err != nil {
		t.Fatal(err)
	}
	want := `
  |
7 |     asm volatile ("
  |     2: (b7) r1 = 9
  |     -------------- it is set here
  |     4: (71) r0 = *(u8 *)(r0 +0)
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^ reads 1 byte
`
	if !strings.Contains(b.String(), want) {
		t.Errorf("%s", b.String())
	}
}

func TestInAssembly(t *testing.T) {
	for text, want := range map[string]bool{
		"asm volatile (\"": true, "\t__asm__ __volatile__(": true, "  asm(\"r0 = 1\");": true, "x = asm_size(1);": false, "\treturn plasma;": false, "asm goto (\"": true,
	} {
		if got := inAssembly(&diagnosis.Place{Line: 1, Insn: 1, Asm: "(95) exit", Text: text}); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// A label that has no room beside what it is about goes below.
func TestExplainLabelBelow(t *testing.T) {
	last := diagnosis.Place{File: "a.c", Line: 7, Column: 60, Width: 10, Text: strings.Repeat("x", 80), Insn: 1, Function: "f", Label: strings.Repeat("word ", 20)}
	p := &Program{Object: "a.o", Name: "f", Diagnosis: &diagnosis.Diagnosis{Code: "BV0101", Title: "t", Primary: &last}}
	var b strings.Builder
	if err := Explain(&b, p, ExplainOptions{Width: 80}); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(b.String(), "\n")[1:] {
		if strings.Contains(line, "word") && len(line) > 80 || strings.Contains(line, "^ word") {
			t.Errorf("%s", b.String())
		}
	}
}
