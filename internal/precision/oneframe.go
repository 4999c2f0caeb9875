package precision

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// How kernels track marks that follow values within one function only: each call, and what is stored through other
// registers than the frame pointer, makes all numbers of the path count.

// inFrame is what is looked for in one frame.
type inFrame struct {
	t     *Tracker
	frame int
	state.Sought
}

// oneFrame reports that the model tracks so.
func (t *Tracker) oneFrame() bool { return t.rules == kdata.PrecisionInFrame }

// PropagateTo makes cur's ancestors precise where old, which covers cur, is.
func (t *Tracker) PropagateTo(cur *state.State, old *state.Checkpoint) error {
	if t.oneFrame() {
		return t.propagateRead(old, cur)
	}
	_, err := t.Propagate(old, &cur.Common)
	return err
}

// propagateRead makes cur's ancestors precise where old, which covers cur, is and was read, one value after the other.
func (t *Tracker) propagateRead(old *state.Checkpoint, cur *state.State) error {
	for frame := int(old.CurFrame); frame >= 0; frame-- {
		regs, slots := old.Precise(uint32(frame))
		regs, slots = regs&uint32(old.Marks[frame].Read.Regs), slots&old.Marks[frame].Read.Slots
		for r := range insn.FP {
			if regs&(1<<r) == 0 {
				continue
			}
			if t.log.Level > 1 {
				t.log.Printf("frame %d: propagating r%d\n", frame, r)
			}
			if err := t.markInFrame(cur, frame, 1<<r, 0); err != nil {
				return err
			}
		}
		for spi := range cur.Frames[frame].Stack {
			if slots&(1<<spi) == 0 {
				continue
			}
			if t.log.Level > 1 {
				t.log.Printf("frame %d: propagating fp%d\n", frame, -8*(spi+1))
			}
			if err := t.markInFrame(cur, frame, 0, 1<<spi); err != nil {
				return err
			}
		}
	}
	return nil
}

// markInFrame walks back from a state, marking what the wanted register or slot of a frame was computed from.
func (t *Tracker) markInFrame(start *state.State, frame int, regs uint32, slots uint64) error {
	w := inFrame{t, frame, state.Sought{Regs: regs, Slots: slots}}
	st := &start.Common
	var at *state.Checkpoint // that st is of
	first, last := int(st.FirstInsn), int(st.InsnIdx)
	skipFirst := true
	for {
		if t.log.TracesPrecision() {
			t.log.Printf("last_idx %d first_idx %d\n", last, first)
		}
		if last < 0 {
			return w.endAtEntry(st, at)
		}
		way := st.History.Back()
		stretch := way.Stretch
		for i := last; ; {
			if skipFirst {
				skipFirst = false
			} else if err := w.back(i); err == errNotTracked {
				t.ForceAll(st)
				return nil
			} else if err != nil {
				return err
			}
			if w.Regs == 0 && w.Slots == 0 {
				return nil
			}
			var more bool
			step := way.Step()
			if i, more = t.prevInsn(st, i, &way); !more {
				break
			}
			if step != way.Step() && w.passed(step, start) {
				return nil
			}
			if way.Stretch != stretch {
				if w.followed(stretch) {
					return nil
				}
				stretch = way.Stretch
			}
			if i < 0 || i >= len(t.prog.Image.Insns) {
				return t.log.Reject(abi.EFAULT, "BUG backtracking idx %d", i)
			}
		}
		if at = st.Parent; at == nil {
			return nil
		}
		st = &at.Common
		if w.Slots>>at.Slots(uint32(frame)) != 0 {
			t.ForceAll(st)
			return nil
		}
		if !w.mark(at) {
			return nil
		}
		last, first = int(int32(st.LastInsn)), int(st.FirstInsn)
	}
}

// passed reports that nothing is left to be looked for beyond a step, as in Tracker.followed. What is looked for in a caller is not
// what the function has in these registers.
func (w *inFrame) passed(step *state.JmpHistory, start *state.State) bool {
	if w.t.log.Level > 1 || w.frame != int(start.CurFrame) {
		return false
	}
	w.Regs = step.Follow(w.Regs)
	return w.Regs == 0 && w.Slots == 0
}

// followed reports that all of it was looked for before where a stretch begins, at once or one by one, so all there is was
// found: what one is computed from does not depend on the others.
func (w *inFrame) followed(s *state.Stretch) bool {
	return s != nil && !w.t.log.TracesPrecision() && !s.Followed[w.frame].Add(w.Sought)
}

// mark marks what is wanted in an ancestor, and goes on wanting what is a number there; false where nothing is new.
func (w *inFrame) mark(at *state.Checkpoint) bool {
	frame := uint32(w.frame)
	newRegs, newSlots := at.Mark(frame, w.Regs, w.Slots)
	regs, slots := at.Precise(frame)
	w.Regs, w.Slots = w.Regs&regs, w.Slots&slots
	if w.t.log.TracesPrecision() {
		w.logMarks(at, newRegs != 0 || newSlots != 0)
	}
	return newRegs != 0 || newSlots != 0
}

// logMarks logs what is looked for on from an ancestor, and whether some of it was not marked there.
func (w *inFrame) logMarks(at *state.Checkpoint, fresh bool) {
	log, had := w.t.log, "already had"
	if fresh {
		had = "didn't have"
	}
	if !log.Whole() {
		log.Printf("parent %s regs=%x stack=%x marks:", had, w.Regs, w.Slots)
		log.State(at.State(), uint32(w.frame), true)
		return
	}
	log.State(at.State(), uint32(w.frame), true)
	log.Printf("parent %s regs=%x stack=%x marks\n", had, w.Regs, w.Slots)
}

// endAtEntry ends a walk back at the entry of a function: only a global function's arguments may still be looked for.
func (w *inFrame) endAtEntry(st *state.Common, at *state.Checkpoint) error {
	if at != nil && st.CurFrame == 0 && at.Call(0).Subprog > 0 && at.Call(0).Callsite == state.MainCallsite && w.Slots == 0 && w.Regs&^argRegs == 0 {
		at.Mark(0, w.Regs, 0)
		return nil
	}
	subprog := uint32(0)
	if at != nil {
		subprog = at.Call(0).Subprog
	}
	return w.t.log.Reject(abi.EFAULT, "BUG backtracing func entry subprog %d reg_mask %x stack_mask %x", subprog, w.Regs, w.Slots)
}

// back replaces what an instruction computed by what it computed it from.
func (w *inFrame) back(idx int) error {
	in := &w.t.prog.Image.Insns[idx]
	if in.Code == 0 {
		return nil
	}
	if w.t.log.TracesPrecision() {
		w.t.log.Printf("regs=%x stack=%x before %d: ", w.Regs, w.Slots, idx)
		w.t.log.Insn(idx)
	}
	dst, src := uint32(1)<<in.Dst, uint32(1)<<in.Src
	switch in.Class() {
	case insn.ALU, insn.ALU64:
		if w.Regs&dst == 0 || in.Op() == insn.END || in.Op() == insn.NEG {
			return nil
		}
		if in.Op() == insn.MOV {
			w.Regs &^= dst
		}
		if in.SrcKind() == insn.X {
			w.Regs |= src
		}
	case insn.LDX:
		if w.Regs&dst == 0 {
			return nil
		}
		w.Regs &^= dst
		if in.Src == insn.FP {
			return w.wantSlot(in)
		}
	case insn.STX, insn.ST:
		return w.backStore(in, dst, src)
	case insn.JMP, insn.JMP32:
		return w.backJump(in, idx, dst, src)
	case insn.LD:
		if w.Regs&dst == 0 {
			return nil
		}
		w.Regs &^= dst
		if in.Mode() == insn.IND || in.Mode() == insn.ABS {
			return errNotTracked
		}
	}
	return nil
}

// wantSlot looks for the slot that an instruction names by the frame pointer.
func (w *inFrame) wantSlot(in *insn.Insn) error {
	spi, _ := state.SlotOf(int(in.Off))
	if spi < 0 || spi >= 64 {
		return w.t.log.Reject(abi.EFAULT, "BUG spi %d", spi)
	}
	w.Slots |= 1 << spi
	return nil
}

func (w *inFrame) backStore(in *insn.Insn, dst, src uint32) error {
	switch {
	case w.Regs&dst != 0:
		return errNotTracked // a pointer came from scalars
	case in.Dst != insn.FP:
		return nil
	}
	before := w.Slots
	if err := w.wantSlot(in); err != nil {
		return err
	}
	if w.Slots != before {
		w.Slots = before
		return nil
	}
	spi, _ := state.SlotOf(int(in.Off))
	w.Slots &^= 1 << spi
	if in.Class() == insn.STX {
		w.Regs |= src
	}
	return nil
}

func (w *inFrame) backJump(in *insn.Insn, idx int, dst, src uint32) error {
	switch {
	case in.Op() == insn.CALL:
		if in.IsPseudoCall() || in.Src == insn.PSEUDO_KFUNC_CALL && in.Imm == 0 || w.t.prog.Has(idx, cfg.CallsCallback) {
			return errNotTracked
		}
		w.Regs &^= 1
		if w.Regs&(argRegs|1) != 0 {
			return w.t.log.Reject(abi.EFAULT, "BUG regs %x", w.Regs)
		}
	case in.Op() == insn.EXIT:
		return errNotTracked
	case in.SrcKind() == insn.X && w.Regs&(dst|src) != 0:
		w.Regs |= dst | src
	}
	return nil
}
