package precision

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// syncLinked makes all registers that got their range at one branch wanted if any is.
func (t *Tracker) syncLinked(h *state.JmpHistory) {
	if h == nil || h.LinkedRegs == 0 {
		return
	}
	w := &t.wanted
	var linked Linked
	linked.unpack(h.LinkedRegs)
	wanted := false
	for _, e := range linked.entries[:linked.n] {
		if e.isReg && w.regs[e.frame]&(1<<e.index) != 0 || !e.isReg && w.slots[e.frame]&(1<<e.index) != 0 {
			wanted = true
			break
		}
	}
	if !wanted {
		return
	}
	for _, e := range linked.entries[:linked.n] {
		if e.isReg {
			w.regs[e.frame] |= 1 << e.index
		} else {
			w.slots[e.frame] |= 1 << e.index
		}
	}
}

// always is the bit, beyond those of registers, of instructions that matter whatever is wanted.
const always = 1 << 15

// touchedBy are the registers of which an instruction tells something on the way back, unless the history says more.
func touchedBy(in *insn.Insn) uint16 {
	switch {
	case in.Code == 0: // the second half of a load
		return 0
	case cfg.IsLDAbs(in):
		return always
	case isAtomic(in): // the register fetched, the address and what is stored
		return 1<<in.Dst | 1<<in.Src | 1<<insn.R0
	case in.Class() != insn.JMP && in.Class() != insn.JMP32:
		return 1 << in.Dst
	case in.Op() == insn.CALL || in.Op() == insn.EXIT:
		return always
	case in.SrcKind() == insn.X:
		return 1<<in.Dst | 1<<in.Src
	}
	return 0
}

// concerns reports whether an instruction, of which the history says h, may change what is wanted, or is to be logged.
func (t *Tracker) concerns(idx int, h *state.JmpHistory) bool {
	w := &t.wanted
	switch {
	case t.log.Level > 1 || uint32(t.touches[idx])&(w.regs[w.frame]|always) != 0:
		return true
	case h == nil:
		return false
	case h.Flags()&StackAccess != 0:
		fr, spi := accessedSlot(h.Flags())
		return h.LinkedRegs != 0 || w.slots[fr]&(1<<spi) != 0
	}
	return h.LinkedRegs != 0
}

// passBy steps back from i over instructions of which the history says nothing and that don't matter, but not beyond the
// first of the state.
func (t *Tracker) passBy(st *state.Common, i, subseq int, way *state.Way) (at, after int) {
	stop := int(st.FirstInsn)
	if h := way.Step(); h != nil {
		stop = h.Idx()
	}
	if t.log.Level > 1 {
		return i, subseq
	}
	want := uint16(t.wanted.regs[t.wanted.frame]) | always
	for i != stop && i > 0 && t.touches[i]&want == 0 {
		i, subseq = i-1, i
	}
	return i, subseq
}

// back replaces what an instruction computed by what it computed it from.
// subseq is the instruction that was walked after it.
func (t *Tracker) back(idx, subseq int, h *state.JmpHistory) error {
	in := &t.prog.Image.Insns[idx]
	if in.Code == 0 {
		return nil
	}
	w := &t.wanted
	t.traceInsn(idx)
	t.syncLinked(h)
	var err error
	stop := true // nothing about the instruction was wanted
	switch in.Class() {
	case insn.ALU, insn.ALU64:
		stop = w.backALU(in)
	case insn.LDX:
		stop = w.backLoad(in.Dst, h)
	case insn.STX, insn.ST:
		if to, fetches := t.fetched(in); fetches {
			stop = w.backLoad(to, h)
		} else {
			stop, err = w.backStore(in, h)
		}
	case insn.JMP, insn.JMP32:
		stop, err = t.backJump(in, idx, subseq, h)
	case insn.LD:
		stop, err = t.backLD(in, idx, subseq)
	}
	if err != nil || stop {
		return err
	}
	t.syncLinked(h)
	return nil
}

func isAtomic(in *insn.Insn) bool { return in.Class() == insn.STX && in.Mode() == insn.ATOMIC }

// fetched returns the register that an atomic operation loads, if that is followed.
func (t *Tracker) fetched(in *insn.Insn) (reg uint8, fetches bool) {
	switch {
	case !isAtomic(in):
		return 0, false
	case in.Imm == insn.LOAD_ACQ:
		return in.Dst, true
	case in.Imm&insn.FETCH == 0 || !t.kernel.Has(kmodel.AtomicsFollowed):
		return 0, false
	case in.Imm == insn.CMPXCHG:
		return insn.R0, true
	}
	return in.Src, true
}

// backLD: constants come from nowhere. A packet load outside the packet ends the function.
func (t *Tracker) backLD(in *insn.Insn, idx, subseq int) (stop bool, err error) {
	w := &t.wanted
	if w.has(in.Dst) {
		if cfg.IsLDAbs(in) {
			return false, errNotTracked
		}
		w.clear(in.Dst)
		return false, nil
	}
	if cfg.IsLDAbs(in) && subseq != idx+1 && t.kernel.Has(kmodel.ImplicitExits) {
		return true, t.enterCallee()
	}
	return true, nil
}

func (w *wanted) backALU(in *insn.Insn) (stop bool) {
	if !w.has(in.Dst) || in.Op() == insn.END || in.Op() == insn.NEG {
		return true
	}
	if in.Op() == insn.MOV {
		w.clear(in.Dst)
	}
	if in.SrcKind() == insn.X && in.Src != insn.FP {
		w.set(in.Src)
	}
	return false
}

// backLoad: only values filled from the stack are followed, others have lost
// their origin.
func (w *wanted) backLoad(to uint8, h *state.JmpHistory) (stop bool) {
	if !w.has(to) {
		return true
	}
	w.clear(to)
	if h == nil || h.Flags()&StackAccess == 0 {
		return true
	}
	fr, spi := accessedSlot(h.Flags())
	w.slots[fr] |= 1 << spi
	return false
}

func (w *wanted) backStore(in *insn.Insn, h *state.JmpHistory) (stop bool, err error) {
	if w.has(in.Dst) {
		return false, errNotTracked // a pointer came from scalars
	}
	if h == nil || h.Flags()&StackAccess == 0 {
		return true, nil
	}
	fr, spi := accessedSlot(h.Flags())
	if w.slots[fr]&(1<<spi) == 0 {
		return true, nil
	}
	w.slots[fr] &^= 1 << spi
	if in.Class() == insn.STX {
		w.set(in.Src)
	}
	return false, nil
}

// backJump: calls and exits change the frame, conditional jumps tie their operands together.
func (t *Tracker) backJump(in *insn.Insn, idx, subseq int, h *state.JmpHistory) (stop bool, err error) {
	w := &t.wanted
	switch {
	case in.IsPseudoCall():
		return true, t.backCall(in, idx)
	case t.prog.Has(idx, cfg.CallsCallback) && idx != subseq-1:
		return true, t.leaveCallback()
	case in.Op() == insn.CALL:
		if in.Src == insn.PSEUDO_KFUNC_CALL && in.Imm == 0 {
			return false, errNotTracked
		}
		w.clear(insn.R0)
		if m := w.regs[w.frame]; m&argRegs != 0 {
			return false, t.log.Bug("backtracking call unexpected regs %x", m)
		}
		if cfg.IsTailCall(in) && subseq != idx+1 && t.kernel.Has(kmodel.TailCallReturns) {
			return false, t.enterCallee()
		}
		return false, nil
	case in.Op() == insn.EXIT:
		return true, t.backExit(subseq)
	case in.Op() == insn.JA && in.SrcKind() == insn.K || in.Op() == insn.JCOND:
		return false, nil
	case in.SrcKind() == insn.X:
		if !w.has(in.Dst) && !w.has(in.Src) {
			return true, nil
		}
		if h == nil || h.Flags()&SrcRegStack == 0 {
			w.set(in.Src)
		}
		if h == nil || h.Flags()&DstRegStack == 0 {
			w.set(in.Dst)
		}
	}
	return false, nil
}

// backCall is met when the way back leaves a static subprogram at its start, or
// passes a global one by.
func (t *Tracker) backCall(in *insn.Insn, idx int) error {
	w := &t.wanted
	sub := t.prog.Find(idx + int(in.Imm) + 1)
	if sub < 0 {
		return vlog.Fail(abi.EFAULT)
	}
	m := &w.regs[w.frame]
	if t.prog.Subprogs[sub].Global {
		if *m&argRegs != 0 {
			return t.log.Bug("global subprog unexpected regs %x", *m)
		}
		w.clear(insn.R0)
		return nil
	}
	if *m&^argRegs != 0 {
		return t.log.Bug("static subprog unexpected regs %x", *m)
	}
	if w.slots[w.frame] != 0 {
		return t.log.Bug("static subprog leftover stack slots %x", w.slots[w.frame])
	}
	if w.frame == 0 {
		return t.log.Bug("subprog exit from frame 0")
	}
	w.regs[w.frame-1] |= *m & argRegs
	*m = 0
	w.frame--
	return nil
}

// leaveCallback is met when the way back leaves a callback at its start. Its
// arguments were made by the helper that called it.
func (t *Tracker) leaveCallback() error {
	w := &t.wanted
	if m := w.regs[w.frame]; m&^argRegs != 0 {
		return t.log.Bug("callback unexpected regs %x", m)
	}
	if w.slots[w.frame] != 0 {
		return t.log.Bug("callback leftover stack slots %x", w.slots[w.frame])
	}
	if w.frame == 0 {
		return t.log.Bug("subprog exit from frame 0")
	}
	w.regs[w.frame] = 0
	w.frame--
	return nil
}

// backExit is met when the way back enters a subprogram or callback at its end.
func (t *Tracker) backExit(subseq int) error {
	w := &t.wanted
	called := subseq >= 1 && t.prog.Image.Insns[subseq-1].IsPseudoCall()
	if m := w.regs[w.frame]; m&argRegs != 0 {
		switch followed := t.kernel.Has(kmodel.CallbackArgsFollowed); {
		case !followed && subseq >= 0 && t.prog.Has(subseq, cfg.CallsCallback):
			w.regs[w.frame] &^= argRegs
		case !followed || called:
			return t.log.Bug("backtracking exit unexpected regs %x", m)
		}
	}
	r0 := called && w.has(insn.R0)
	w.clear(insn.R0)
	if err := t.enterCallee(); err != nil {
		return err
	}
	if r0 {
		w.set(insn.R0)
	}
	return nil
}

// enterCallee goes on in a function that the current one has called.
func (t *Tracker) enterCallee() error {
	w := &t.wanted
	if w.frame == state.MAX_CALL_FRAMES-1 {
		return t.log.Bug("subprog enter from frame %d", w.frame)
	}
	w.frame++
	return nil
}
