package progen

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Reduce takes instructions out of a program as long as it still is what is looked for.
func Reduce(p []insn.Insn, still func([]insn.Insn) bool) []insn.Insn {
	for n := len(p) / 2; n > 0; {
		before := len(p)
		for at := 0; at+n <= len(p); {
			if shorter := without(p, at, n); still(shorter) {
				p = shorter
			} else {
				at++
			}
		}
		if n > 1 {
			n /= 2
		} else if len(p) == before {
			break
		}
	}
	return p
}

// without is a program less n of its instructions. Jumps and calls that led to one of them lead to the next.
func without(p []insn.Insn, at, n int) []insn.Insn {
	place := func(i int) int {
		if i > at {
			return max(i-n, at)
		}
		return i
	}
	out := slices.Clone(p)
	for i := range out {
		in := &out[i]
		delta := func(d int) int { return place(i+1+d) - place(i) - 1 }
		switch c := in.Class(); {
		case in.IsPseudoCall(), in.IsPseudoFunc(), in.Code == insn.JMP32|insn.JA:
			in.Imm = int32(delta(int(in.Imm)))
		case c != insn.JMP && c != insn.JMP32, in.Op() == insn.CALL, in.Op() == insn.EXIT, in.IsIndirectJump():
		default:
			in.Off = int16(delta(int(in.Off)))
		}
	}
	return slices.Delete(out, at, at+n)
}
