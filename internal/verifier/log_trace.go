package verifier

import (
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/liveness"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// What follows is logged at level 2 only: how loops and precision marks are tracked.

func (v *verifier) tracing() bool { return v.Level > 1 }

// format shows the calls that lead into a loop, and the loop's number.
func (c *callchain) format() string {
	var b strings.Builder
	b.WriteByte('(')
	for _, at := range c.callsites {
		if at == 0 {
			break
		}
		fmt.Fprintf(&b, "%d,", at)
	}
	fmt.Fprintf(&b, "%d)", c.scc)
	return b.String()
}

// logSCC logs that the walk enters or leaves a loop, or got back to its start.
func (v *verifier) logSCC(what string, c *callchain) {
	if v.tracing() {
		v.Printf("SCC %s %s\n", what, c.format())
	}
}

// logPropagating logs which marks of an equal state a frame takes over.
func (v *verifier) logPropagating(frame int) {
	if !v.tracing() {
		return
	}
	b := &v.walk.bt
	names := vlog.RegNames(uint32(b.regs[frame]))
	for spi := range 64 {
		if uint64(b.slots[frame])&(1<<spi) != 0 {
			if names != "" {
				names += ","
			}
			names += fmt.Sprintf("fp%d", -8*(spi+1))
		}
	}
	if names != "" {
		v.Printf("frame %d: propagating %s\n", frame, names)
	}
}

// logBacktrackRange logs the stretch of instructions to be walked backwards.
func (v *verifier) logBacktrackRange(last, first, subseq int) {
	if v.tracing() {
		v.Printf("mark_precise: frame%d: last_idx %d first_idx %d subseq_idx %d \n", v.walk.bt.frame, last, first, subseq)
	}
}

// logBacktrackInsn logs what is to be made precise before an instruction.
func (v *verifier) logBacktrackInsn(idx int) {
	if !v.tracing() {
		return
	}
	b := &v.walk.bt
	v.Printf("mark_precise: frame%d: regs=%s stack=%s before %d: ", b.frame,
		vlog.RegNames(uint32(b.regs[b.frame])), liveness.SlotNames(uint64(b.slots[b.frame])), idx)
	v.Insn(idx)
}

// logMarkedState logs what of an ancestor's frame was marked, and the frame.
func (v *verifier) logMarkedState(st *state.State, frame int) {
	if !v.tracing() {
		return
	}
	b := &v.walk.bt
	v.Printf("mark_precise: frame%d: parent state regs=%s stack=%s: ", frame,
		vlog.RegNames(uint32(b.regs[frame])), liveness.SlotNames(uint64(b.slots[frame])))
	v.State(st, uint32(frame), true)
}

// logForcePrecise logs every scalar that is about to be marked in the ancestors of start.
func (v *verifier) logForcePrecise(start *state.State) {
	if !v.tracing() {
		return
	}
	v.Printf("mark_precise: frame%d: falling back to forcing all scalars precise\n", start.CurFrame)
	for st := start.Parent; st != nil; st = st.Parent {
		for i := range st.CurFrame + 1 {
			f := st.Frames[i]
			for r := range insn.FP {
				if reg := &f.Regs[r]; reg.Type == abi.SCALAR_VALUE && !reg.Precise {
					v.Printf("force_precise: frame%d: forcing r%d to be precise\n", i, r)
				}
			}
			for j := range f.Stack {
				if s := &f.Stack[j]; s.IsSpilled() && s.Type == abi.SCALAR_VALUE && !s.Precise {
					v.Printf("force_precise: frame%d: forcing fp%d to be precise\n", i, -8*(j+1))
				}
			}
		}
	}
}
