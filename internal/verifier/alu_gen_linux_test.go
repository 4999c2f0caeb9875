package verifier_test

import (
	"math/rand/v2"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// arithmetic makes a program of random operations on numbers: copies, sums and branches
// that leave links between them most of all.
func arithmetic(rng *rand.Rand) []insn.Insn {
	ops := []uint8{
		insn.ADD, insn.ADD, insn.ADD, insn.SUB, insn.MUL, insn.DIV, insn.MOD, insn.OR, insn.AND, insn.AND, insn.XOR,
		insn.LSH, insn.RSH, insn.ARSH, insn.NEG, insn.END, insn.MOV, insn.MOV, insn.MOV, insn.MOV,
	}
	jumps := []uint8{
		insn.JEQ, insn.JGT, insn.JGE, insn.JSET, insn.JNE, insn.JSGT, insn.JSGE, insn.JLT, insn.JLE, insn.JSLT, insn.JSLE,
	}
	imm := func() int32 {
		switch rng.IntN(6) {
		case 0:
			return int32(rng.Uint32())
		case 1:
			return 1 << rng.IntN(32)
		case 2:
			return 1<<rng.IntN(32) - 1
		case 3:
			return -(1 << rng.IntN(32))
		}
		return int32(rng.IntN(40) - 20)
	}
	var p []insn.Insn
	for dst := uint8(6); dst <= 9; dst++ {
		p = append(p, insn.Insn{Code: insn.JMP | insn.CALL, Imm: 5}, insn.Insn{Code: insn.ALU64 | insn.MOV | insn.X, Dst: dst})
	}
	start, n := len(p), 8+rng.IntN(32)
	for i := range n {
		in := insn.Insn{Dst: uint8(6 + rng.IntN(4)), Src: uint8(6 + rng.IntN(4)), Code: insn.X}
		if rng.IntN(3) > 0 {
			in.Src, in.Code, in.Imm = 0, insn.K, imm()
		}
		wide := rng.IntN(2) == 0
		if rng.IntN(5) < 2 {
			in.Code |= jumps[rng.IntN(len(jumps))] | insn.JMP32
			if wide {
				in.Code ^= insn.JMP32 ^ insn.JMP
			}
			in.Off = int16(rng.IntN(n - i))
			p = append(p, in)
			continue
		}
		op := ops[rng.IntN(len(ops))]
		in.Code |= op | insn.ALU
		if wide {
			in.Code ^= insn.ALU ^ insn.ALU64
		}
		if in.SrcKind() == insn.K {
			switch op {
			case insn.LSH, insn.RSH, insn.ARSH:
				in.Imm &= 31
			case insn.DIV, insn.MOD:
				in.Imm |= 1
			}
		}
		switch op {
		case insn.NEG:
			in.Code, in.Src, in.Imm = in.Code&^insn.X, 0, 0
		case insn.END:
			in.Src, in.Imm = 0, []int32{16, 32, 64}[rng.IntN(3)]
			if wide {
				in.Code &^= insn.X
			}
		case insn.MOV:
			if in.SrcKind() == insn.K {
				in.Src, in.Code, in.Imm = uint8(6+rng.IntN(4)), in.Code|insn.X, 0
			}
			if rng.IntN(3) == 0 {
				in.Off = []int16{8, 16, 32}[rng.IntN(3)]
				if !wide && in.Off == 32 {
					in.Off = 0
				}
			}
		}
		p = append(p, in)
	}
	for i := range p[start:] { // jumps stay inside
		if c := p[start+i].Class(); c == insn.JMP || c == insn.JMP32 {
			p[start+i].Off = min(p[start+i].Off, int16(n-i-1))
		}
	}
	return append(p, insn.Insn{Code: insn.ALU64 | insn.MOV}, insn.Insn{Code: insn.JMP | insn.EXIT})
}
