// Package liveness says which registers and stack slots may still be read from a
// point of a program on. What is dead there need not be equal for two states to be.
package liveness

import (
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
)

// Registers as bits of a mask.
const (
	r0          = 1 << insn.R0
	callerSaved = 1<<6 - 1
	everything  = 0xffff
)

// Registers returns, for each instruction, a mask of the registers that may be read
// by it or later before they are written. Bit i stands for ri. The graph's Order must be there.
func Registers(g *cfg.Graph) []uint16 {
	type effect struct{ use, def uint16 }
	effects := scratch.Make[effect](g.Mem, len(g.Insns))
	live := scratch.Make[uint16](g.Mem, len(g.Insns))
	for i := range g.Insns {
		effects[i].use, effects[i].def = useDef(&g.Insns[i], g.Called(i))
	}
	for again := true; again; {
		again = false
		for _, i := range g.Postorder {
			var out uint16
			for _, s := range g.Successors(int(i)) {
				out |= live[s]
			}
			if in := out&^effects[i].def | effects[i].use; in != live[i] {
				live[i] = in
				again = g.Backward // else what follows was known
			}
		}
	}
	return live
}

// useDef returns the registers an instruction reads and those it overwrites. An
// instruction of no known form reads everything and overwrites nothing.
func useDef(in *insn.Insn, called *cfg.Call) (use, def uint16) {
	src, dst := uint16(1)<<in.Src, uint16(1)<<in.Dst
	switch in.Class() {
	case insn.LD:
		if in.IsLdImm64() {
			return 0, dst
		}
	case insn.LDX:
		if m := in.Mode(); m == insn.MEM || m == insn.MEMSX {
			return src, dst
		}
	case insn.ST:
		if in.Mode() == insn.MEM {
			return dst, 0
		}
	case insn.STX:
		switch in.Mode() {
		case insn.MEM:
			return dst | src, 0
		case insn.ATOMIC:
			return atomicUseDef(in, src, dst)
		}
	case insn.ALU, insn.ALU64:
		return aluUseDef(in, src, dst)
	default:
		return jumpUseDef(in, src, dst, called)
	}
	return everything, 0
}

func atomicUseDef(in *insn.Insn, src, dst uint16) (use, def uint16) {
	if r, ok := in.AtomicLoads(); ok {
		def = 1 << r
	}
	switch in.Imm {
	case insn.CMPXCHG:
		return r0 | dst | src, def
	case insn.LOAD_ACQ:
		return src, def
	}
	return dst | src, def
}

func aluUseDef(in *insn.Insn, src, dst uint16) (use, def uint16) {
	switch {
	case in.Op() == insn.END:
		return dst, dst
	case in.SrcKind() == insn.K:
		src = 0
	}
	if in.Op() == insn.MOV {
		return src, dst
	}
	return src | dst, dst
}

func jumpUseDef(in *insn.Insn, src, dst uint16, called *cfg.Call) (use, def uint16) {
	switch in.Op() {
	case insn.JA, insn.JCOND:
		if in.IsIndirectJump() {
			return dst, 0
		}
		return 0, 0
	case insn.EXIT:
		return r0, 0
	case insn.CALL:
		use = callerSaved &^ r0
		if called.Known {
			use = (1<<(called.Params+1) - 1) &^ r0
		}
		return use, callerSaved
	}
	if in.SrcKind() == insn.K {
		src = 0
	}
	return src | dst, 0
}
