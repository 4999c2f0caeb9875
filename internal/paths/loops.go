package paths

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// Loops are one generation's way to tell when the marks of a state in a loop are final. It is asked at prune points
// only.
type Loops interface {
	// Remembered is told of a state that joined the explored ones.
	Remembered(st *state.Checkpoint)
	// Met is told that the current state was found equal to old, which is in a loop with it.
	Met(old *state.Checkpoint, cur *state.Common) error
	// Done is told that all paths from st are walked.
	Done(st state.Chain) error
	// Unsettled reports that st may yet get marks from a loop.
	Unsettled(st *state.Checkpoint) bool
	// Keeps reports that st, evicted and with all paths from it walked, may still be asked for.
	Keeps(st *state.Checkpoint) bool
	// Forget is told that all states are dropped.
	Forget()
}

// loopRules make the ways that models pick from.
var loopRules = [kdata.NumLoopRules]func(*Paths) Loops{
	kdata.LoopComponents: func(p *Paths) Loops { return &components{p: p} },
	kdata.LoopEntries:    func(p *Paths) Loops { return &entries{p: p} },
	kdata.LoopUnrolled:   func(*Paths) Loops { return unrolled{} },
}

// Slots are one generation's way to tell which stack slots may still be read, asked at prune points.
type Slots interface {
	// Query turns to a state whose paths are all walked.
	Query(st state.Chain)
	// Alive are the slots of one of its frames that may be read later, as bits from the frame pointer down.
	Alive(frame uint32) uint64
}

// Previous returns the youngest state on the current path at the same
// instruction and calls, before cur.
func (p *Paths) Previous(cur state.Chain, idx int) *state.Checkpoint {
	for st := *p.exploredAt(cur, idx); st != nil; st = st.Older {
		if st.InsnIdx == uint32(idx) && st.Branches > 0 && state.SameCallsites(st, cur) && st.DFSDepth < cur.Point().DFSDepth {
			return st
		}
	}
	return nil
}

// Widen forgets, in a state that starts another iteration, the
// value of scalars that changed since the last one and that no path needed to be
// exact, so that loops converge.
func (p *Paths) Widen(old *state.Checkpoint, cur *state.State) {
	p.compare.Begin(p.LastID)
	for fr := int(old.CurFrame); fr >= 0; fr-- {
		fr := uint32(fr)
		cf := cur.Frames[fr]
		regs, slots := old.Precise(fr)
		for i := range cf.Regs {
			p.widen(old.Reg(fr, i), &cf.Regs[i], regs&(1<<i) != 0)
		}
		for i := range min(old.Slots(fr), len(cf.Stack)) {
			if s := old.Slot(fr, i); s.IsSpilled() && cf.Stack[i].IsSpilled() {
				p.widen(&s.Reg, &cf.Stack[i].Reg, slots&(1<<i) != 0)
			}
		}
	}
}

func (p *Paths) widen(old, cur *state.Reg, precise bool) {
	if old.Type != abi.SCALAR_VALUE || cur.Type != abi.SCALAR_VALUE ||
		precise || cur.Precise || p.compare.RegsExact(old, cur) {
		return
	}
	if old.Off == cur.Off && old.Scalar == cur.Scalar && p.Kernel.Has(kmodel.WidenedByValue) {
		return
	}
	cur.MarkUnknown()
}
