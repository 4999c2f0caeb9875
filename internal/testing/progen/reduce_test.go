package progen

import (
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/testing/asm"
)

// What is looked for is all that is left, and jumps go where they went.
func TestReduce(t *testing.T) {
	parse := func(code string) []insn.Insn {
		p, err := asm.Parse(strings.ReplaceAll(code, "; ", "\n"), asm.Names{})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	multiplies := func(in insn.Insn) bool { return in.Class() == insn.ALU64 && in.Op() == insn.MUL }
	for _, tt := range []struct{ name, program, want string }{
		{"over what is left", "r1 = 1; if r1 == 1 goto out; r1 += 1; r1 *= 2; r1 += 2; out: r1 *= 3; r0 = 0; exit", "if r1 == 1 goto out; r1 *= 2; out: r1 *= 3; exit"},
		{"back", "again: r1 = 1; r1 *= 2; r1 *= 3; r1 = 2; if r1 == 1 goto again; r0 = 0; exit", "again: r1 *= 2; r1 *= 3; if r1 == 1 goto again; exit"},
		{"calls", "r1 = 7; call f; r1 *= 2; r1 = 1; exit; f: r1 *= 3; r1 = 2; if r1 == 1 goto pc+0; exit", "call f; r1 *= 2; exit; f: r1 *= 3; if r1 == 1 goto pc+0; exit"},
	} {
		want := parse(tt.want)
		got := Reduce(parse(tt.program), func(p []insn.Insn) bool {
			products, jumps, exits := 0, 0, 0
			for _, in := range p {
				switch {
				case multiplies(in):
					products++
				case in.Op() == insn.EXIT && in.Class() == insn.JMP:
					exits++
				case in.Class() == insn.JMP:
					jumps++
				}
			}
			return products == 2 && jumps > 0 && exits > 0 && (tt.name != "calls" || jumps == 2 && exits == 2)
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", tt.name, got, want)
		}
	}
}
