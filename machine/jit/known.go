package jit

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/flow"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// known is what is known of registers where an instruction is written. Each set has the bits of the registers that it is
// known of.
type known struct {
	// wrapped: function.offset has the register's lower half. The compiler checks the bounds of accesses through one
	// variable only once.
	wrapped uint16
	// inFrame: the register is below[r] away from the frame pointer.
	inFrame uint16
	below   [insn.MaxReg]int32
	// constant: the register has value[r].
	constant uint16
	value    [insn.MaxReg]uint64
}

// forget is for a register that gets another value.
func (k *known) forget(reg uint8) {
	k.wrapped &^= 1 << reg
	k.inFrame &^= 1 << reg
	k.constant &^= 1 << reg
}

func has(set uint16, reg uint8) bool { return set>>reg&1 != 0 }

// same is for register dst, which got what src of another function, or this one, has.
func (f *function) same(dst uint8, of *function, src uint8) {
	if has(of.wrapped, src) {
		f.Get(of.offset[src])
		f.Set(f.offset[dst])
		f.wrapped |= 1 << dst
	}
	if has(of.constant, src) {
		f.value[dst] = of.value[src]
		f.constant |= 1 << dst
	}
	if f == of && has(of.inFrame, src) {
		f.below[dst] = of.below[src]
		f.inFrame |= 1 << dst
	}
}

// arrive is for the start of a block: what was known at the end of the only one that leads there is known.
func (f *function) arrive(block int) {
	switch before := f.only[block]; {
	case before >= 0:
		f.known = f.leaving[before]
	case block > 0 || f.only[block] == several:
		f.known = known{}
		f.Get(f.zero)
		f.Set(f.zero) // the compiler knows again that it is the same as before
	}
	f.below[insn.FP] = 0
	f.inFrame |= 1 << insn.FP
}

// What onlyBefore has for blocks that not exactly one other leads to.
const (
	nowhere = -1 - iota // the start
	several
)

// onlyBefore is the only block that leads to each; to the first the function's call leads, too.
func onlyBefore(g *flow.Graph) []int {
	only := slices.Repeat([]int{nowhere}, len(g.Blocks))
	for b := range g.Blocks {
		for _, to := range g.Blocks[b].Next {
			if only[to] == nowhere && to > 0 {
				only[to] = b
			} else {
				only[to] = several
			}
		}
	}
	return only
}

// base pushes a register's lower half, but for the part that it returns.
func (f *function) base(reg uint8) uint32 {
	switch {
	case has(f.constant, reg):
		f.Get(f.zero)
		return uint32(f.value[reg])
	case has(f.wrapped, reg):
		f.Get(f.offset[reg])
	default:
		f.get32(reg)
		f.Tee(f.offset[reg])
		f.wrapped |= 1 << reg
	}
	return 0
}

// checkConstants makes the compiler check once that all memory is there that is when the module begins, and not at each
// access by a constant address.
func (f *function) checkConstants(start, end int) {
	for pc := start; pc < end; pc++ {
		if f.p.Insns[pc].IsLdImm64() {
			f.Get(f.zero)
			f.Set(f.zero)
			f.Get(f.zero)
			f.Access(wasm.I64Load8U, f.m.Memory.Min*PageSize-1)
			f.Op(wasm.Drop)
			return
		}
	}
}
