package paths

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/precision"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// Halves tells without the walk what of the stack may be read later.
type Halves interface {
	// Query turns to a state.
	Query(st *state.State)
	// Alive are the half slots of one of its frames that may be read later: of each slot a bit for the half nearer to
	// the frame pointer, then one for the other.
	Alive(frame int) [2]uint64
}

// CleanEarly lets states forget what is dead before they are compared, and not only when all paths from them are walked.
func (p *Paths) CleanEarly(h Halves) {
	p.halves = h
	p.compare.Cleaned = true
}

// cleanEarly forgets what is not read any more of the current state.
func (p *Paths) cleanEarly(st *state.State) {
	p.halves.Query(st)
	for i := uint32(0); i <= st.CurFrame; i++ {
		f := st.Frames[i]
		p.cleanRegs(f, st.IP(i))
		halves := p.halves.Alive(int(i))
		for spi := range f.Stack {
			bits := halves[spi>>5] >> (2 * (spi & 31)) & 3
			if bits != 3 {
				p.cleanSlot(&f.Stack[spi], bits&1 != 0, bits&2 != 0)
			}
		}
	}
}

// cleanSlot forgets a slot, or half of it: near and far say which half, from the frame pointer, is still read.
func (p *Paths) cleanSlot(s *state.Slot, near, far bool) {
	switch s.Kind[7] {
	case state.STACK_DYNPTR, state.STACK_ITER, state.STACK_IRQ_FLAG:
		return // overwriting them has rules
	}
	if !far {
		if near && s.IsSpilled() {
			left := state.STACK_MISC
			switch zero := s.Type == abi.SCALAR_VALUE && s.Var.Equals(0); {
			case s.Type != abi.SCALAR_VALUE: // part of a pointer is no number
				return
			case zero && p.Kernel.Has(kmodel.HalfZerosKept): // bytes that are zero would have to be precise
				return
			case zero:
				left = state.STACK_ZERO
			}
			for i := range 4 {
				if s.Kind[i] == state.STACK_SPILL {
					s.Kind[i] = left
				}
			}
		}
		s.Reg.MarkNotInit()
	}
	first, end := 4, 4
	if !near {
		first = 0
	}
	if !far {
		end = 8
	}
	for i := first; i < end; i++ {
		s.Kind[i] = state.STACK_POISON
	}
}

// clearSingles takes the ids from numbers that no other number is linked with, on kernels that do.
func (p *Paths) clearSingles(st *state.State) {
	if p.singles {
		return
	}
	clear(p.links)
	st.EachReg(func(_ *state.Frame, r *state.Reg) {
		if r.Type == abi.SCALAR_VALUE && r.ID != 0 {
			if p.links == nil {
				p.links = map[uint32]int{}
			}
			p.links[r.ID&^state.ADD_CONST]++
		}
	})
	single := false
	for _, n := range p.links {
		single = single || n == 1
	}
	if !single {
		return
	}
	if p.singles = !p.Kernel.Has(kmodel.SingleIDsCleared); p.singles {
		return
	}
	st.EachReg(func(_ *state.Frame, r *state.Reg) {
		if r.Type == abi.SCALAR_VALUE && r.ID != 0 && p.links[r.ID&^state.ADD_CONST] == 1 {
			precision.Unlink(r)
		}
	})
}
