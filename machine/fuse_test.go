package machine

import (
	"context"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// TestFused holds every pair that is one op against the same two instructions with a jump between them.
func TestFused(t *testing.T) {
	m := newMachine(t, Options{})
	edges := []uint64{0, 1, 31, 32, 63, 64, 0x7fffffff, 0x80000000, 0xffffffff, 1 << 32, 1 << 63, 0x123456789abcdef0, ^uint64(0)}
	for halves, code := range fusions {
		for _, from := range edges {
			for _, by := range edges {
				apart, fused := pair(t, m, halves, from, by, true), pair(t, m, halves, from, by, false)
				if got := fused.ops[4].code; got != code {
					t.Fatalf("%#x: decoded as %#x, not %#x", halves, got, code)
				}
				want, got := runProgram(t, apart), runProgram(t, fused)
				if got.R0 != want.R0 || got.Insns != want.Insns-1 {
					t.Errorf("%#x of %#x by %#x: %#x in %d instructions, apart %#x in %d", halves, from, by, got.R0, got.Insns, want.R0, want.Insns)
				}
			}
		}
	}
}

// pair loads a program that does both to a register that holds from.
func pair(t *testing.T, m *Machine, halves [2]uint8, from, by uint64, apart bool) *Program {
	t.Helper()
	load := func(reg uint8, v uint64) []insn.Insn {
		return []insn.Insn{{Code: insn.LD | insn.IMM | insn.DW, Dst: reg, Imm: int32(v)}, {Imm: int32(v >> 32)}}
	}
	then := insn.Insn{Code: halves[1], Dst: insn.R0, Imm: int32(by)}
	if then.SrcKind() == insn.X {
		then.Src, then.Imm = insn.R2, 0
	}
	insns := append(load(insn.R1, from), load(insn.R2, by)...)
	insns = append(insns, insn.Insn{Code: halves[0], Dst: insn.R0, Src: insn.R1})
	if apart {
		insns = append(insns, insn.Insn{Code: insn.JMP | insn.JA})
	}
	insns = append(insns, then, insn.Insn{Code: insn.JMP | insn.EXIT})
	p, err := m.load(&object.Image{Name: "pair", Type: abi.PROG_TYPE_SYSCALL, Insns: insns})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func runProgram(t *testing.T, p *Program) *Result {
	t.Helper()
	r, err := p.Run(context.Background(), Input{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestFusedApart: who jumps between the two gets the second alone, and who observes sees both.
func TestFusedApart(t *testing.T) {
	p := assemble(t, newMachine(t, Options{}), abi.PROG_TYPE_SYSCALL, `
		r1 = 5
		r0 = 1
		goto second
		first:
		r0 = r1
		second:
		r0 += 8
		if r0 == 9 goto first
		exit`)
	var seen []int
	r, err := p.Run(context.Background(), Input{Observe: func(_ *Program, i int) { seen = append(seen, i) }})
	if err != nil {
		t.Fatal(err)
	}
	if p.ops[3].insns() != 2 {
		t.Error("the pair is not one op")
	}
	if r.R0 != 13 || r.Insns != 9 || len(seen) != 9 {
		t.Errorf("returned %d after %d instructions, of which %v were seen", r.R0, r.Insns, seen)
	}
}
