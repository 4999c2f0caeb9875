package progen_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/testing/progen"
)

// checkJumps verifies that jumps and calls stay within the program.
func checkJumps(t *rapid.T, insns []insn.Insn) {
	for i := range insns {
		in := &insns[i]
		to := i
		switch c := in.Class(); {
		case in.IsPseudoCall() || in.IsPseudoFunc():
			to = i + int(in.Imm) + 1
		case (c == insn.JMP || c == insn.JMP32) && in.Op() != insn.CALL && in.Op() != insn.EXIT:
			to = i + int(in.Off) + 1
		}
		if to < 0 || to >= len(insns) {
			t.Fatalf("instruction %d goes to %d of %d", i, to, len(insns))
		}
	}
}

func TestGenerate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := rapid.SliceOfN(rapid.Byte(), 0, 400).Draw(t, "src")
		p := progen.Generate(src)
		checkJumps(t, p.Insns)
		if d := cmp.Diff(p, progen.Generate(src)); d != "" {
			t.Fatalf("the same bytes gave another program: %s", d)
		}
	})
}

func TestGenerateOwnership(t *testing.T) {
	kfunc := func(name string) int32 { return int32(len(name)) }
	rapid.Check(t, func(t *rapid.T) {
		src := rapid.SliceOfN(rapid.Byte(), 0, 400).Draw(t, "src")
		p, err := progen.GenerateOwnership(src, kfunc)
		if err != nil {
			t.Fatal(err)
		}
		checkJumps(t, p.Insns)
		again, err := progen.GenerateOwnership(src, kfunc)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(p, again); d != "" {
			t.Fatalf("the same bytes gave another program: %s", d)
		}
		for i, f := range p.Funcs {
			if i > 0 && f.Insn <= p.Funcs[i-1].Insn {
				t.Fatalf("functions are not in order: %v", p.Funcs)
			}
		}
	})
}
