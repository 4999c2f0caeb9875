package precision

import (
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/liveness"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// How marks are tracked is logged at level 2 only.

// tracePropagating logs which marks of an equal state a frame takes over.
func (t *Tracker) tracePropagating(frame int) {
	if t.log.Level < 2 {
		return
	}
	w := &t.wanted
	names := vlog.RegNames(w.regs[frame])
	for spi := range 64 {
		if w.slots[frame]&(1<<spi) != 0 {
			if names != "" {
				names += ","
			}
			names += fmt.Sprintf("fp%d", -8*(spi+1))
		}
	}
	if names != "" {
		t.log.Printf("frame %d: propagating %s\n", frame, names)
	}
}

// traceRange logs the stretch of instructions to be walked backwards.
func (t *Tracker) traceRange(last, first, subseq int) {
	if t.log.Level > 1 {
		t.log.Printf("mark_precise: frame%d: last_idx %d first_idx %d subseq_idx %d \n", t.wanted.frame, last, first, subseq)
	}
}

// traceInsn logs what is to be made precise before an instruction.
func (t *Tracker) traceInsn(idx int) {
	if t.log.Level < 2 {
		return
	}
	w := &t.wanted
	t.log.Printf("mark_precise: frame%d: regs=%s stack=%s before %d: ", w.frame,
		vlog.RegNames(w.regs[w.frame]), liveness.SlotNames(w.slots[w.frame]), idx)
	t.log.Insn(idx)
}

// traceMarked logs what of an ancestor's frame was marked, and the frame.
func (t *Tracker) traceMarked(st *state.State, frame int) {
	if t.log.Level < 2 {
		return
	}
	w := &t.wanted
	t.log.Printf("mark_precise: frame%d: parent state regs=%s stack=%s: ", frame,
		vlog.RegNames(w.regs[frame]), liveness.SlotNames(w.slots[frame]))
	t.log.State(st, uint32(frame), true)
}

// traceForced logs every scalar that is about to be marked in the ancestors of start.
func (t *Tracker) traceForced(start *state.State) {
	if t.log.Level < 2 {
		return
	}
	t.log.Printf("mark_precise: frame%d: falling back to forcing all scalars precise\n", start.CurFrame)
	for st := start.Parent; st != nil; st = st.Parent {
		for i := range st.CurFrame + 1 {
			f := st.Frames[i]
			for r := range insn.FP {
				if reg := &f.Regs[r]; reg.Type == abi.SCALAR_VALUE && !reg.Precise {
					t.log.Printf("force_precise: frame%d: forcing r%d to be precise\n", i, r)
				}
			}
			for j := range f.Stack {
				if s := &f.Stack[j]; s.IsSpilled() && s.Type == abi.SCALAR_VALUE && !s.Precise {
					t.log.Printf("force_precise: frame%d: forcing fp%d to be precise\n", i, -8*(j+1))
				}
			}
		}
	}
}
