package verifier

import (
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// Flags of history entries: the instruction accessed a stack slot (frame and slot
// index are packed below), or compared a stack pointer.
const (
	INSN_F_FRAMENO_MASK  = 0x7
	INSN_F_SPI_MASK      = 0x3f
	INSN_F_SPI_SHIFT     = 3
	INSN_F_STACK_ACCESS  = 1 << 9
	INSN_F_DST_REG_STACK = 1 << 10
	INSN_F_SRC_REG_STACK = 1 << 11
)

// stackAccessFlags are the history flags of an access to a stack slot.
func stackAccessFlags(frame uint32, spi int) uint16 {
	return INSN_F_STACK_ACCESS | uint16(spi)<<INSN_F_SPI_SHIFT | uint16(frame)
}

func accessedSlot(flags uint16) (frame int, spi int) {
	return int(flags & INSN_F_FRAMENO_MASK), int(flags >> INSN_F_SPI_SHIFT & INSN_F_SPI_MASK)
}

// argRegs is the mask of r1-r5.
const argRegs = 0x3e

// pushJmpHistory remembers the current instruction, with flags and linked
// registers, for walking back. One instruction has one entry.
func (v *verifier) pushJmpHistory(flags uint16, linked uint64) {
	st := v.st
	if n := v.walk.histEnt; n > 0 {
		e := &st.History[n-1]
		e.Flags |= flags
		e.LinkedRegs = linked
		return
	}
	st.History = append(st.History, state.JmpHistory{
		Idx: uint32(v.idx), PrevIdx: uint32(v.prevIdx) & 0xfffff, Flags: flags, LinkedRegs: linked,
	})
	v.walk.histEnt = len(st.History)
}

// backtrack is the set of registers and stack slots, by frame, whose origin is
// looked for on the way back.
type backtrack struct {
	frame int
	regs  [state.MAX_CALL_FRAMES]uint32
	slots [state.MAX_CALL_FRAMES]uint64
}

func (b *backtrack) empty() bool {
	for i := 0; i <= b.frame; i++ {
		if b.regs[i] != 0 || b.slots[i] != 0 {
			return false
		}
	}
	return true
}

func (b *backtrack) reset()           { *b = backtrack{} }
func (b *backtrack) set(r uint8)      { b.regs[b.frame] |= 1 << r }
func (b *backtrack) clear(r uint8)    { b.regs[b.frame] &^= 1 << r }
func (b *backtrack) has(r uint8) bool { return b.regs[b.frame]&(1<<r) != 0 }

// markChainPrecision marks a register precise in the states it comes from.
func (v *verifier) markChainPrecision(regno int) error {
	_, err := v.markChain(v.st, regno)
	return err
}

// propagatePrecision makes cur's ancestors precise where old, which covers cur, is.
func (v *verifier) propagatePrecision(old, cur *state.State) (changed bool, err error) {
	b := &v.walk.bt
	for fr := int(old.CurFrame); fr >= 0; fr-- {
		f := old.Frames[fr]
		for i := 0; i < insn.FP; i++ {
			if r := &f.Regs[i]; r.Type == abi.SCALAR_VALUE && r.Precise {
				b.regs[fr] |= 1 << i
			}
		}
		for i := range f.Stack {
			if s := &f.Stack[i]; s.IsSpilled() && s.Type == abi.SCALAR_VALUE && s.Precise {
				b.slots[fr] |= 1 << i
			}
		}
		v.logPropagating(fr)
	}
	return v.markChain(cur, -1)
}

// errNotTracked: a value came from where it can't be followed.
var errNotTracked error = &vlog.Refusal{Errno: abi.ENOTSUPP}

// markChain walks back from start, marking precise in every ancestor the scalars that
// v.walk.bt (and regno, if not negative) were computed from. changed says that a mark is new.
func (v *verifier) markChain(start *state.State, regno int) (changed bool, err error) {
	b := &v.walk.bt
	b.frame = int(start.CurFrame)
	if regno >= 0 {
		if start.Frames[b.frame].Regs[regno].Type != abi.SCALAR_VALUE {
			return false, v.Bug("backtracking misuse")
		}
		b.set(uint8(regno))
	}
	if b.empty() {
		return false, nil
	}
	st := start
	first, last, subseq := int(start.FirstInsn), int(start.InsnIdx), -1
	skipFirst := true
	for {
		v.logBacktrackRange(last, first, subseq)
		if last < 0 {
			return v.markEntry(st, changed)
		}
		hist := len(st.History)
		for i := last; ; {
			if skipFirst {
				skipFirst = false
			} else {
				var h *state.JmpHistory
				if hist > 0 && int(st.History[hist-1].Idx) == i {
					h = &st.History[hist-1]
				}
				if err := v.backtrackInsn(i, subseq, h); err == errNotTracked {
					v.markAllScalarsPrecise(start)
					b.reset()
					return changed, nil
				} else if err != nil {
					return changed, err
				}
			}
			if b.empty() {
				return changed, nil
			}
			subseq = i
			var more bool
			if i, more = prevInsn(st, i, &hist); !more {
				break
			}
			if i < 0 || i >= len(v.insns) {
				return changed, v.Bug("backtracking idx %d", i)
			}
		}
		st = st.Parent
		if st == nil {
			break
		}
		c, err := v.markState(st)
		changed = changed || c
		if err != nil {
			return changed, err
		}
		if b.empty() {
			return changed, nil
		}
		subseq = first
		last, first = int(int32(st.LastInsn)), int(st.FirstInsn)
	}
	// Something was computed in a way that isn't followed.
	v.markAllScalarsPrecise(start)
	b.reset()
	return changed, nil
}

// prevInsn steps back within one state; false at its first instruction.
func prevInsn(st *state.State, i int, hist *int) (int, bool) {
	n := *hist
	if i == int(st.FirstInsn) && (n == 0 || n == 1 && int(st.History[0].Idx) == i) {
		return 0, false
	}
	if n > 0 && int(st.History[n-1].Idx) == i {
		*hist--
		return int(st.History[n-1].PrevIdx), true
	}
	return i - 1, true
}

// markEntry ends a walk back at the entry of a function: only a global function's
// arguments may still be looked for.
func (v *verifier) markEntry(st *state.State, changed bool) (bool, error) {
	b := &v.walk.bt
	f := st.Frames[0]
	if st.CurFrame == 0 && f.Subprog > 0 && f.Callsite == mainCallsite &&
		b.slots[b.frame] == 0 && b.regs[b.frame]&^argRegs == 0 {
		for m := b.regs[b.frame]; m != 0; m &= m - 1 {
			r := &f.Regs[bits.TrailingZeros32(m)]
			if r.Type == abi.SCALAR_VALUE {
				r.Precise = true
				changed = true
			}
		}
		b.regs[b.frame] = 0
		return changed, nil
	}
	return changed, v.Bug("backtracking func entry subprog %d reg_mask %x stack_mask %x", f.Subprog, b.regs[b.frame], b.slots[b.frame])
}

// markState marks what is looked for in an ancestor; what is marked there already needs no further walk.
func (v *verifier) markState(st *state.State) (changed bool, err error) {
	b := &v.walk.bt
	for fr := b.frame; fr >= 0; fr-- {
		f := st.Frames[fr]
		for m := b.regs[fr]; m != 0; m &= m - 1 {
			i := bits.TrailingZeros32(m)
			r := &f.Regs[i]
			if r.Type != abi.SCALAR_VALUE || r.Precise {
				b.regs[fr] &^= 1 << i
				continue
			}
			r.Precise = true
			changed = true
		}
		for m := b.slots[fr]; m != 0; m &= m - 1 {
			i := bits.TrailingZeros64(m)
			if i >= len(f.Stack) {
				return changed, v.Bug("stack slot %d, total slots %d", i, len(f.Stack))
			}
			s := &f.Stack[i]
			if !s.IsSpilled() || s.Type != abi.SCALAR_VALUE || s.Precise {
				b.slots[fr] &^= 1 << i
				continue
			}
			s.Precise = true
			changed = true
		}
		v.logMarkedState(st, fr)
	}
	return changed, nil
}

// markAllScalarsPrecise gives up on following values: every scalar of every ancestor counts.
func (v *verifier) markAllScalarsPrecise(start *state.State) {
	v.logForcePrecise(start)
	for st := start.Parent; st != nil; st = st.Parent {
		for i := uint32(0); i <= st.CurFrame; i++ {
			f := st.Frames[i]
			for r := 0; r < insn.FP; r++ {
				if f.Regs[r].Type == abi.SCALAR_VALUE {
					f.Regs[r].Precise = true
				}
			}
			for j := range f.Stack {
				if s := &f.Stack[j]; s.IsSpilled() && s.Type == abi.SCALAR_VALUE {
					s.Precise = true
				}
			}
		}
	}
}

// syncLinked makes all registers that got their range at one branch wanted if any is.
func (v *verifier) syncLinked(h *state.JmpHistory) {
	if h == nil || h.LinkedRegs == 0 {
		return
	}
	b := &v.walk.bt
	var linked linkedRegs
	linked.unpack(h.LinkedRegs)
	wanted := false
	for _, e := range linked.entries[:linked.n] {
		if e.isReg && b.regs[e.frame]&(1<<e.index) != 0 || !e.isReg && b.slots[e.frame]&(1<<e.index) != 0 {
			wanted = true
			break
		}
	}
	if !wanted {
		return
	}
	for _, e := range linked.entries[:linked.n] {
		if e.isReg {
			b.regs[e.frame] |= 1 << e.index
		} else {
			b.slots[e.frame] |= 1 << e.index
		}
	}
}

// backtrackInsn replaces what an instruction computed by what it computed it from.
// subseq is the instruction that was walked after it.
func (v *verifier) backtrackInsn(idx, subseq int, h *state.JmpHistory) error {
	in := &v.insns[idx]
	if in.Code == 0 {
		return nil
	}
	b := &v.walk.bt
	v.logBacktrackInsn(idx)
	v.syncLinked(h)
	var err error
	stop := true // nothing about the instruction was wanted
	switch in.Class() {
	case insn.ALU, insn.ALU64:
		stop = b.backtrackALU(in)
	case insn.LDX:
		stop = b.backtrackLoad(in, h)
	case insn.STX, insn.ST:
		if in.Class() == insn.STX && in.Mode() == insn.ATOMIC && in.Imm == insn.LOAD_ACQ {
			stop = b.backtrackLoad(in, h)
		} else {
			stop, err = b.backtrackStore(in, h)
		}
	case insn.JMP, insn.JMP32:
		stop, err = v.backtrackJump(in, idx, subseq, h)
	case insn.LD:
		if stop = !b.has(in.Dst); !stop {
			b.clear(in.Dst)
			if in.Mode() == insn.IND || in.Mode() == insn.ABS {
				err = errNotTracked
			}
		}
	}
	if err != nil || stop {
		return err
	}
	v.syncLinked(h)
	return nil
}

func (b *backtrack) backtrackALU(in *insn.Insn) (stop bool) {
	if !b.has(in.Dst) || in.Op() == insn.END || in.Op() == insn.NEG {
		return true
	}
	if in.Op() == insn.MOV {
		b.clear(in.Dst)
	}
	if in.SrcKind() == insn.X && in.Src != insn.FP {
		b.set(in.Src)
	}
	return false
}

// backtrackLoad: only values filled from the stack are followed, others have lost
// their origin.
func (b *backtrack) backtrackLoad(in *insn.Insn, h *state.JmpHistory) (stop bool) {
	if !b.has(in.Dst) {
		return true
	}
	b.clear(in.Dst)
	if h == nil || h.Flags&INSN_F_STACK_ACCESS == 0 {
		return true
	}
	fr, spi := accessedSlot(h.Flags)
	b.slots[fr] |= 1 << spi
	return false
}

func (b *backtrack) backtrackStore(in *insn.Insn, h *state.JmpHistory) (stop bool, err error) {
	if b.has(in.Dst) {
		return false, errNotTracked // a pointer came from scalars
	}
	if h == nil || h.Flags&INSN_F_STACK_ACCESS == 0 {
		return true, nil
	}
	fr, spi := accessedSlot(h.Flags)
	if b.slots[fr]&(1<<spi) == 0 {
		return true, nil
	}
	b.slots[fr] &^= 1 << spi
	if in.Class() == insn.STX {
		b.set(in.Src)
	}
	return false, nil
}

// backtrackJump: calls and exits change the frame, conditional jumps tie their operands together.
func (v *verifier) backtrackJump(in *insn.Insn, idx, subseq int, h *state.JmpHistory) (stop bool, err error) {
	b := &v.walk.bt
	switch {
	case in.IsPseudoCall():
		return true, v.backtrackCall(in, idx, subseq)
	case v.callsCallbackSync(in) && idx != subseq-1:
		return true, v.leaveCallback()
	case in.Op() == insn.CALL:
		if in.Src == insn.PSEUDO_KFUNC_CALL && in.Imm == 0 {
			return false, errNotTracked
		}
		b.clear(insn.R0)
		if m := b.regs[b.frame]; m&argRegs != 0 {
			return false, v.Bug("backtracking call unexpected regs %x", m)
		}
		return false, nil
	case in.Op() == insn.EXIT:
		return true, v.backtrackExit(subseq)
	case in.Op() == insn.JA || in.Op() == insn.JCOND:
		return false, nil
	case in.SrcKind() == insn.X:
		if !b.has(in.Dst) && !b.has(in.Src) {
			return true, nil
		}
		if h == nil || h.Flags&INSN_F_SRC_REG_STACK == 0 {
			b.set(in.Src)
		}
		if h == nil || h.Flags&INSN_F_DST_REG_STACK == 0 {
			b.set(in.Dst)
		}
	}
	return false, nil
}

// backtrackCall is met when the way back leaves a static subprogram at its start, or
// passes a global one by.
func (v *verifier) backtrackCall(in *insn.Insn, idx, subseq int) error {
	b := &v.walk.bt
	sub := v.code.Find(idx + int(in.Imm) + 1)
	if sub < 0 {
		return vlog.Fail(abi.EFAULT)
	}
	m := &b.regs[b.frame]
	if v.subprogs[sub].Global {
		if *m&argRegs != 0 {
			return v.Bug("global subprog unexpected regs %x", *m)
		}
		b.clear(insn.R0)
		return nil
	}
	if *m&^argRegs != 0 {
		return v.Bug("static subprog unexpected regs %x", *m)
	}
	if b.slots[b.frame] != 0 {
		return v.Bug("static subprog leftover stack slots %x", b.slots[b.frame])
	}
	if b.frame == 0 {
		return v.Bug("subprog exit from frame 0")
	}
	b.regs[b.frame-1] |= *m & argRegs
	*m = 0
	b.frame--
	return nil
}

// leaveCallback is met when the way back leaves a callback at its start. Its
// arguments were made by the helper that called it.
func (v *verifier) leaveCallback() error {
	b := &v.walk.bt
	if m := b.regs[b.frame]; m&^argRegs != 0 {
		return v.Bug("callback unexpected regs %x", m)
	}
	if b.slots[b.frame] != 0 {
		return v.Bug("callback leftover stack slots %x", b.slots[b.frame])
	}
	if b.frame == 0 {
		return v.Bug("subprog exit from frame 0")
	}
	b.regs[b.frame] = 0
	b.frame--
	return nil
}

// backtrackExit is met when the way back enters a subprogram or callback at its end.
func (v *verifier) backtrackExit(subseq int) error {
	b := &v.walk.bt
	if subseq >= 0 && v.code.Has(subseq, cfg.CallsCallback) {
		b.regs[b.frame] &^= argRegs
	}
	if m := b.regs[b.frame]; m&argRegs != 0 {
		return v.Bug("backtracking exit unexpected regs %x", m)
	}
	r0 := subseq >= 1 && v.insns[subseq-1].IsPseudoCall() && b.has(insn.R0)
	b.clear(insn.R0)
	if b.frame == state.MAX_CALL_FRAMES-1 {
		return v.Bug("subprog enter from frame %d", b.frame)
	}
	b.frame++
	if r0 {
		b.set(insn.R0)
	}
	return nil
}
