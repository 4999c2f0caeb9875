package verifier

import (
	"errors"
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// errSlotUnused is stackObject's answer for stack the frame has not used yet
// (-ERANGE of stack_slot_obj_get_spi).
var errSlotUnused = errors.New("stack below what the frame uses")

// frameOf returns the frame a stack pointer points into.
func (v *verifier) frameOf(r *state.Reg) *state.Frame { return v.st.Frames[r.Frame] }

// stackObject returns the index of the first of the n slots of an object on the
// stack (dynptr, iterator, IRQ flag), the one at the highest index; kind names it in messages.
func (v *verifier) stackObject(r *state.Reg, kind string, n int) (int, error) {
	off, ok := r.FixedOff()
	if !ok {
		return 0, v.Reject(abi.EINVAL, "%s has to be at a constant offset", kind)
	}
	spi, _ := state.SlotOf(off)
	if off%state.SlotSize != 0 || spi+1 < n || off >= 0 && v.k.Has(kmodel.StackObjectsBelowFrame) {
		return 0, v.Reject(abi.EINVAL, "cannot pass in %s at an offset=%d", kind, off)
	}
	if spi-n+1 < 0 || spi >= len(v.frameOf(r).Stack) {
		return 0, errSlotUnused
	}
	return spi, nil
}

// slotErr turns errSlotUnused into the number the kernel returns for it.
func slotErr(err error) error {
	if err == errSlotUnused {
		return vlog.Fail(abi.ERANGE)
	}
	return err
}

// setSlotKind makes all bytes of a slot of one kind and notes the write.
func (v *verifier) setSlotKind(f *state.Frame, spi int, k state.SlotKind) {
	fillKind(&f.Stack[spi], k)
	v.noteSlotWrite(f.Frameno, spi)
	v.ScratchSlot(spi)
}

// noteSlotRead notes that a slot may be read here.
func (v *verifier) noteSlotRead(frame uint32, spi int) {
	v.live.MarkRead(v.st, frame, v.idx, 1<<spi)
	v.paths.LongestMarkRead = max(v.paths.LongestMarkRead, v.st.ReadSlot(frame, spi))
}

// noteSlotWrite notes that a slot is written whole.
func (v *verifier) noteSlotWrite(frame uint32, spi int) {
	v.live.MarkWrite(frame, 1<<spi)
	v.st.WriteSlot(frame, spi)
}

// readSlots notes that n slots from spi downwards are read.
func (v *verifier) readSlots(f *state.Frame, spi, n int) {
	shown := v.ShowsReads() && (f.Stack[spi].Kind[0] != state.STACK_DYNPTR || v.k.Has(kmodel.DynptrReadsShown))
	for i := range n {
		v.noteSlotRead(f.Frameno, spi-i)
		if shown {
			v.ScratchSlot(spi - i)
		}
	}
}

func fillKind(s *state.Slot, k state.SlotKind) {
	for i := range s.Kind {
		s.Kind[i] = k
	}
}

func anyKind(s *state.Slot, k state.SlotKind) bool {
	for _, have := range s.Kind {
		if have == k {
			return true
		}
	}
	return false
}

func allKind(s *state.Slot, k state.SlotKind) bool {
	for _, have := range s.Kind {
		if have != k {
			return false
		}
	}
	return true
}

// growStack makes sure the frame has slots down to -depth bytes. They are all used, as far as newer kernels are concerned
// (grow_stack_state).
func (v *verifier) growStack(f *state.Frame, depth int) {
	n := (depth + state.SlotSize - 1) / state.SlotSize
	if len(f.Stack) >= n {
		return
	}
	for len(f.Stack) < n {
		f.Stack = append(f.Stack, state.Slot{})
	}
	if v.k.Has(kmodel.StackReadsGrow) {
		v.useStack(f, n*state.SlotSize)
	}
}

// useStack notes that a function uses its stack down to -depth bytes.
func (v *verifier) useStack(f *state.Frame, depth int) {
	sub := &v.subprogs[f.Subprog]
	sub.StackDepth = max(sub.StackDepth, depth)
}

// accessStack verifies a load or store on the stack of any frame.
func (v *verifier) accessStack(m *memAccess) error {
	if err := v.checkStackBounds(m); err != nil {
		return err
	}
	f := v.frameOf(m.reg)
	if !v.k.Has(kmodel.StackReadsGrow) {
		v.useStack(f, -m.off)
	}
	fixed := m.reg.Var.IsConst()
	if fixed {
		m.off += int(m.reg.Var.Value)
	}
	older := !v.k.Has(kmodel.SpillsFollowed)
	switch {
	case m.write() && fixed && older:
		return v.writeStackOlder(f, m)
	case m.write() && older:
		return v.writeSomewhereOlder(f, m)
	case m.write() && fixed:
		return v.writeStackAt(f, m)
	case m.write():
		return v.writeStackSomewhere(f, m)
	case fixed:
		return v.readStackAt(f, m)
	case m.value < 0:
		return v.Reject(abi.EACCES, "variable offset stack pointer cannot be passed into helper function; var_off=%s off=%d size=%d",
			m.reg.Var, m.off, m.size)
	}
	return v.readStackSomewhere(f, m)
}

// checkStackBounds verifies that an access lies on the stack wherever the pointer's
// variable part points, and grows the frame's stack to hold it. size may be a helper's.
func (v *verifier) checkStackBounds(m *memAccess) error {
	r, off, size := m.reg, m.off, m.size
	fixed := r.Var.IsConst()
	var lo, hi int64
	if fixed {
		lo = int64(r.Var.Value) + int64(off)
		hi = lo + int64(size)
	} else {
		if r.Smax >= maxVarOff || r.Smin <= -maxVarOff {
			return m.Reject(abi.EACCES, "invalid unbounded variable-offset%s stack R%d", m.stackWord(), m.regno)
		}
		lo = r.Smin + int64(off)
		hi = r.Smax + int64(off) + int64(size)
	}
	lowest, grows := int64(-program.MaxStack), true
	if !m.k.Has(kmodel.StackReadsGrow) {
		if grows = m.write() && !m.indirect(); !grows && !m.indirect() {
			lowest = -int64(len(v.frameOf(r).Stack)) * state.SlotSize
		}
	}
	var e abi.Errno
	switch {
	case lo < lowest || lo > -1:
		e = abi.EACCES
	case hi > 0:
		e = abi.EINVAL
	case size < 0:
		e = abi.EFAULT
	}
	if e != 0 {
		what := m.stackWord()
		if fixed {
			if m.k.Has(kmodel.VarOffOffsets) {
				off = int(lo)
			}
			return m.Reject(e, "invalid%s stack R%d off=%d size=%d", what, m.regno, off, size)
		}
		if !m.k.Has(kmodel.StackReadsGrow) {
			return m.Reject(e, "invalid variable-offset%s stack R%d var_off=%s size=%d", what, m.regno, r.Var, size)
		}
		return m.Reject(e, "invalid variable-offset%s stack R%d var_off=%s off=%d size=%d", what, m.regno, r.Var, off, size)
	}
	if grows {
		v.growStack(v.frameOf(r), int(-lo))
	}
	return nil
}

// stackWord is what an access does to the stack, in the words of messages.
func (m *memAccess) stackWord() string {
	switch {
	case m.indirect():
		return " indirect access to"
	case m.write():
		return " write to"
	}
	return " read from"
}

// spillable are the pointer types whose value survives a store to the stack on all kernels.
const spillable = 1<<abi.PTR_TO_MAP_VALUE | 1<<abi.PTR_TO_STACK | 1<<abi.PTR_TO_CTX | 1<<abi.PTR_TO_PACKET |
	1<<abi.PTR_TO_PACKET_META | 1<<abi.PTR_TO_PACKET_END | 1<<abi.PTR_TO_FLOW_KEYS | 1<<abi.CONST_PTR_TO_MAP |
	1<<abi.PTR_TO_SOCKET | 1<<abi.PTR_TO_SOCK_COMMON | 1<<abi.PTR_TO_TCP_SOCK | 1<<abi.PTR_TO_XDP_SOCK |
	1<<abi.PTR_TO_BTF_ID | 1<<abi.PTR_TO_BUF | 1<<abi.PTR_TO_MEM | 1<<abi.PTR_TO_FUNC | 1<<abi.PTR_TO_MAP_KEY |
	1<<abi.PTR_TO_ARENA

// spills reports a pointer type whose value survives a store to the stack.
func (v *verifier) spills(t abi.RegType) bool {
	return oneOf(t, spillable) || t != abi.SCALAR_VALUE && t != abi.NOT_INIT && v.k.Has(kmodel.AllPointersSpill)
}

// bitWidth is how many low bits of a scalar may be set.
func bitWidth(r *state.Reg) int { return bits.Len64(r.UMax()) }

// shareScalarID gives a scalar an id before it is copied, so that what one copy learns
// in a branch the other learns too. A scalar linked by a distance loses its link.
func (v *verifier) shareScalarID(r *state.Reg) {
	if r.Type != abi.SCALAR_VALUE {
		return
	}
	if r.ID&state.ADD_CONST != 0 {
		r.ID, r.Off = 0, 0
	}
	if r.ID == 0 && (!r.Var.IsConst() || !v.k.Has(kmodel.SpillsFollowed)) {
		r.ID = v.newID()
	}
}

// keepFastcallContract notices an access, from outside a fastcall pattern, to stack
// below what the program itself uses: then the compiler's spills around fastcall helpers
// there must stay.
func (v *verifier) keepFastcallContract(f *state.Frame, idx, off int) {
	sub := &v.subprogs[f.Subprog]
	if sub.FastcallOff <= off || v.code.Has(idx, cfg.FastcallPattern) {
		return
	}
	sub.FastcallOff = -1 << 15
	for i := sub.Start; i < sub.End; i++ {
		v.code.FastcallSpills[i] = 0
		v.code.Marks[i] &^= cfg.FastcallPattern
	}
}

// spill stores a register in the size bytes of a slot that have the lowest addresses. What the rest held is data now.
func spill(s *state.Slot, r *state.Reg, size int) {
	s.Reg = *r
	for i := range s.Kind {
		switch {
		case i >= state.SlotSize-size:
			s.Kind[i] = state.STACK_SPILL
		case s.Kind[i] != state.STACK_ZERO && !s.Kind[i].Unwritten():
			s.Kind[i] = state.STACK_MISC
		}
	}
}

// scrub turns a slot's contents into plain data.
func scrub(s *state.Slot) {
	for i := range s.Kind {
		if !s.Kind[i].Unwritten() {
			s.Kind[i] = state.STACK_MISC
		}
	}
}

// holdsObject reports a slot that is more than data: a spilled register, a dynptr, an iterator or an IRQ flag.
func holdsObject(s *state.Slot) bool {
	switch s.Kind[state.SlotSize-1] {
	case state.STACK_SPILL, state.STACK_DYNPTR, state.STACK_ITER, state.STACK_IRQ_FLAG:
		return true
	}
	return false
}

// storedZero reports that m stores a zero.
func (v *verifier) storedZero(m *memAccess) bool {
	if m.value >= 0 {
		return nullReg(&v.regs()[m.value])
	}
	in := &v.insns[v.idx]
	return storesImm(in) && in.Imm == 0
}

func storesImm(in *insn.Insn) bool { return in.Class() == insn.ST && in.Mode() == insn.MEM }

// The stack of kernels that follow values to and from it by the frame pointer only, and numbers of which something is known.

// writeStackOlder is writeStackAt.
func (v *verifier) writeStackOlder(f *state.Frame, m *memAccess) error {
	spi, at := state.SlotOf(m.off)
	in := &v.insns[v.idx]
	var reg *state.Reg
	if m.value >= 0 {
		reg = &v.regs()[m.value]
	}
	v.ScratchSlot(spi)
	slot := &f.Stack[spi]
	aligned := m.off%state.SlotSize == 0
	if m.size == state.SlotSize {
		v.noteSlotWrite(f.Frameno, spi)
	}
	switch {
	case reg != nil && aligned && reg.Type == abi.SCALAR_VALUE && reg.Scalar != unknownNumber && !nullReg(reg):
		if in.Dst != insn.FP {
			if err := v.precision.MarkReg(v.st, m.value); err != nil {
				return err
			}
		}
		spillOlder(slot, reg, m.size)
		if bitWidth(reg) > 8*m.size {
			slot.ID = 0
		}
	case reg == nil && aligned && storesImm(in) && in.Imm != 0:
		var imm state.Reg
		imm.MarkKnown(uint64(int64(in.Imm)))
		spillOlder(slot, &imm, m.size)
	case reg != nil && oneOf(reg.Type, spillable):
		if err := v.checkPointerSpill(f, m, reg); err != nil {
			return err
		}
		spillOlder(slot, reg, m.size)
	default:
		slot.Type = abi.NOT_INIT
		if slot.IsSpilled() {
			scrub(slot)
		}
		return v.fillStored(slot, at, m)
	}
	return nil
}

// unknownNumber is a number of which nothing is known; it is not followed to the stack.
var unknownNumber = func() (r state.Reg) { r.MarkUnknown(); return }().Scalar

// spillOlder is spill: the rest of the slot is no zero any more.
func spillOlder(s *state.Slot, r *state.Reg, size int) {
	s.Reg = *r
	for i := range s.Kind {
		switch {
		case i >= state.SlotSize-size:
			s.Kind[i] = state.STACK_SPILL
		case s.Kind[i] != state.STACK_INVALID:
			s.Kind[i] = state.STACK_MISC
		}
	}
}

// fillPartOlder is fillPart: the number comes back if just as many bytes are read as were stored.
func (v *verifier) fillPartOlder(slot *state.Slot, off, size, spilled, dst int) error {
	_, at := state.SlotOf(off)
	if off%state.SlotSize == 0 && size == spilled {
		v.regs()[dst] = slot.Reg
		return nil
	}
	for i := range size {
		if 1<<slot.Kind[at-i]&(1<<state.STACK_SPILL|1<<state.STACK_MISC|1<<state.STACK_INVALID) == 0 {
			return v.badStackRead(slot.Kind[at-i], off, i, size)
		}
	}
	v.regs()[dst].MarkUnknown()
	return nil
}

// writeSomewhereOlder is writeStackSomewhere.
func (v *verifier) writeSomewhereOlder(f *state.Frame, m *memAccess) error {
	lo, end := int(m.reg.Smin)+m.off, int(m.reg.Smax)+m.off+m.size
	zero := m.value >= 0 && nullReg(&v.regs()[m.value])
	keptZero := false
	for off := lo; off < end; off++ {
		spi, at := state.SlotOf(off)
		slot := &f.Stack[spi]
		v.ScratchSlot(spi)
		slot.Type = abi.NOT_INIT
		if zero && slot.Kind[at] == state.STACK_ZERO {
			keptZero = true
			continue
		}
		slot.Kind[at] = state.STACK_MISC
	}
	if keptZero {
		return v.precision.MarkReg(v.st, m.value)
	}
	return nil
}
