package precision

import (
	"fmt"
	"math/bits"

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
func (t *Tracker) traceMarked(st *state.Checkpoint, frame int) {
	if t.log.Level < 2 {
		return
	}
	w := &t.wanted
	t.log.Printf("mark_precise: frame%d: parent state regs=%s stack=%s: ", frame,
		vlog.RegNames(w.regs[frame]), liveness.SlotNames(w.slots[frame]))
	t.log.State(st.State(), uint32(frame), true)
}

// traceForced logs every scalar that is about to be marked in the ancestors of start.
func (t *Tracker) traceForced(start *state.Common) {
	if t.log.Level < 2 {
		return
	}
	t.log.Printf("mark_precise: frame%d: falling back to forcing all scalars precise\n", start.CurFrame)
	for st := start.Parent; st != nil; st = st.Parent {
		for i := range st.CurFrame + 1 {
			regs, slots := st.Imprecise(i)
			for ; regs != 0; regs &= regs - 1 {
				t.log.Printf("force_precise: frame%d: forcing r%d to be precise\n", i, bits.TrailingZeros32(regs))
			}
			for ; slots != 0; slots &= slots - 1 {
				t.log.Printf("force_precise: frame%d: forcing fp%d to be precise\n", i, -8*(bits.TrailingZeros64(slots)+1))
			}
		}
	}
}
