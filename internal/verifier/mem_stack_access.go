package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/precision"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// readableData are the kinds of bytes that read as a number. Stack never written is among
// them, as programs are loaded with CAP_PERFMON.
const readableData = 1<<state.STACK_MISC | 1<<state.STACK_ZERO | 1<<state.STACK_INVALID

// readStackAt loads from a fixed place of a frame's stack, or without a register to load
// only verifies that it could (check_stack_read_fixed_off).
func (v *verifier) readStackAt(f *state.Frame, m *memAccess) error {
	off, size, dst := m.off, m.size, m.value
	spi, at := state.SlotOf(off)
	cur := v.st.Cur()
	if v.ShowsReads() {
		v.ScratchSlot(spi)
	}
	v.keepFastcallContract(cur, v.idx, off)
	v.noteSlotRead(f.Frameno, spi)
	slot := &f.Stack[spi]
	if !slot.IsSpilled() {
		for i := range size {
			if readableData>>slot.Kind[at-i]&1 == 0 {
				return v.badStackRead(slot.Kind[at-i], off, i, size)
			}
		}
		if dst >= 0 {
			return v.loadStackData(f, off, off+size, dst)
		}
		return nil
	}
	spilled := spillSize(slot)
	var filled bool
	if size == state.SlotSize && spilled == state.SlotSize {
		if dst >= 0 {
			v.shareFilled(slot)
			cur.Regs[dst] = slot.Reg
		}
		filled = true
	} else {
		if slot.Type != abi.SCALAR_VALUE {
			v.LineInfo(v.idx, "; ")
			return v.Reject(abi.EACCES, "invalid size of register fill")
		}
		if dst < 0 {
			return nil
		}
		if !v.k.Has(kmodel.SpillsFollowed) {
			return v.fillPartOlder(slot, off, size, spilled, dst)
		}
		var err error
		if filled, err = v.fillPart(f, slot, off, size, spilled, dst); err != nil {
			return err
		}
	}
	if !filled {
		return nil
	}
	v.precision.Remember(v.st, v.idx, v.prevIdx, precision.SlotAccess(f.Frameno, spi), 0)
	return nil
}

// shareFilled gives a number in a slot an id before it is filled, so that what the register learns the slot learns too.
func (v *verifier) shareFilled(slot *state.Slot) {
	if r := &slot.Reg; r.Type == abi.SCALAR_VALUE && (r.ID == 0 && !r.Var.IsConst() || r.ID&state.ADD_CONST != 0) && v.k.Has(kmodel.FillsLinked) {
		v.shareScalarID(r)
	}
}

// spillSize is how many bytes of a slot belong to its spilled register.
func spillSize(s *state.Slot) int {
	n := 1
	for n < state.SlotSize && s.Kind[state.SlotSize-1-n] == state.STACK_SPILL {
		n++
	}
	return n
}

// fillPart loads part of a slot with a spilled scalar, or more than the scalar.
// filled reports that the register now has the spilled value, or part of it.
func (v *verifier) fillPart(f *state.Frame, slot *state.Slot, off, size, spilled, dst int) (filled bool, err error) {
	_, at := state.SlotOf(off)
	reg := &v.regs()[dst]
	// The low bytes of a scalar lie at the lowest address of its spill.
	if off%state.SlotSize == 0 && (size == spilled || size < spilled && v.k.Has(kmodel.SpillsTracked)) {
		if size == 4 && spilled == 4 && bitWidth(&slot.Reg) <= 32 {
			v.shareFilled(slot)
		}
		*reg = slot.Reg
		if bitWidth(&slot.Reg) > 8*size {
			reg.ID = 0
		}
		return true, nil
	}
	spills := 0
	for i := range size {
		switch kind := slot.Kind[at-i]; {
		case kind == state.STACK_SPILL:
			spills++
		case readableData>>kind&1 == 0:
			return false, v.badStackRead(kind, off, i, size)
		}
	}
	if spills == size && slot.Var.Equals(0) {
		reg.MarkKnown(0)
		return true, nil
	}
	return false, v.loadStackData(f, off, off+size, dst)
}

func (v *verifier) badStackRead(kind state.SlotKind, off, i, size int) error {
	if kind == state.STACK_POISON {
		return v.Reject(abi.EACCES, "reading from stack off %d+%d size %d, slot poisoned by dead code elimination", off, i, size)
	}
	return v.Reject(abi.EACCES, "invalid read from stack off %d+%d size %d", off, i, size)
}

// readStackSomewhere loads through a pointer of variable offset (check_stack_read_var_off).
func (v *verifier) readStackSomewhere(f *state.Frame, m *memAccess) error {
	err := v.checkStackInitialized(m, nil)
	if err != nil {
		return err
	}
	lo, hi := int(m.reg.Smin)+m.off, int(m.reg.Smax)+m.off
	err = v.loadStackData(f, lo, hi+m.size, m.value) // may overwrite m.reg
	v.keepFastcallContract(f, v.idx, lo)
	return err
}

// loadStackData gives a register what untracked bytes from lo up to end hold: zero
// if all are, else anything. Zeros that were spilled are numbers that count then.
func (v *verifier) loadStackData(f *state.Frame, lo, end, dst int) error {
	var spilled uint64
	shown := v.ShowsReads()
	for off := lo; off < end; off++ {
		spi, at := state.SlotOf(off)
		if shown {
			v.ScratchSlot(spi)
		}
		slot := &f.Stack[spi]
		switch kind := slot.Kind[at]; {
		case kind == state.STACK_ZERO:
		case kind == state.STACK_SPILL && nullReg(&slot.Reg) && v.k.Has(kmodel.ZeroSpillsRead):
			spilled |= 1 << spi
		default:
			v.regs()[dst].MarkUnknown()
			return nil
		}
	}
	v.regs()[dst].MarkKnown(0)
	if spilled == 0 {
		return nil
	}
	return v.precision.MarkSlots(v.st, f.Frameno, spilled)
}

// checkStackInitialized verifies that a helper may read, or write, a piece of stack
// (check_stack_range_initialized). A helper that fills memory it does not
// read has it noted in meta instead, and the call stores there later.
func (v *verifier) checkStackInitialized(m *memAccess, meta *call) error {
	r, size := m.reg, m.size
	f := v.frameOf(r)
	if size == 0 && !m.zeroOK {
		return v.Reject(abi.EACCES, "invalid zero-sized read")
	}
	if err := v.checkStackBounds(m); err != nil {
		return err
	}
	fixed := r.Var.IsConst()
	lo, hi := m.off, m.off
	if fixed {
		lo += int(r.Var.Value)
		hi = lo
	} else {
		lo += int(r.Smin)
		hi += int(r.Smax)
	}
	if meta != nil && meta.rawMode && fixed {
		return v.noteRawStackWrite(f, m.regno, lo, size, meta)
	}
	noted := -1
	for at := lo; at < hi+size; at++ {
		spi, i := state.SlotOf(at)
		unused := spi >= len(f.Stack)
		if unused && v.k.Has(kmodel.StackReadsGrow) {
			return v.Reject(abi.EFAULT, "allocated_stack too small")
		}
		if unused || !m.touch(&f.Stack[spi], i) {
			what := ""
			if m.indirect() {
				what = " indirect"
			}
			switch {
			case !unused && f.Stack[spi].Kind[i] == state.STACK_POISON:
				return v.Reject(abi.EACCES, "reading from stack R%d off %d+%d size %d, slot poisoned by dead code elimination", m.regno, lo, at-lo, size)
			case fixed:
				return v.Reject(abi.EACCES, "invalid%s read from stack R%d off %d+%d size %d", what, m.regno, lo, at-lo, size)
			}
			return v.Reject(abi.EACCES, "invalid%s read from stack R%d var_off %s+%d size %d", what, m.regno, r.Var, at-lo, size)
		}
		// Not marked as written: the helper may leave it alone.
		if spi != noted {
			v.noteSlotRead(uint32(r.Frame), spi)
			noted = spi
			if allKind(&f.Stack[spi], state.STACK_MISC) {
				at += i // the rest of it is no other
			}
		}
	}
	if !v.k.Has(kmodel.StackReadsGrow) {
		v.useStack(f, -lo)
	}
	return nil
}

// touch makes byte i of a slot what it is after a helper has accessed it; false if no helper may.
func (m *memAccess) touch(s *state.Slot, i int) bool {
	switch s.Kind[i] {
	case state.STACK_MISC:
		return true
	case state.STACK_ZERO, state.STACK_INVALID:
		if m.clobbers() {
			s.Kind[i] = state.STACK_MISC
		}
		return true
	}
	if !s.IsSpilled() {
		return s.Kind[i] == state.STACK_POISON && (m.deadOK || m.clobbers())
	}
	if m.clobbers() {
		s.Reg.MarkUnknown()
		scrub(s)
	}
	return true
}

// clobbers reports whether a helper may have written what it accesses.
func (m *memAccess) clobbers() bool { return m.write() || m.indirect() }

// noteRawStackWrite notes stack that a helper fills. What lies there may not be a
// dynptr, which could be another argument of the same call.
func (v *verifier) noteRawStackWrite(f *state.Frame, regno, off, size int, meta *call) error {
	for at := off; at < off+size; at++ {
		spi, i := state.SlotOf(at)
		if spi < len(f.Stack) && f.Stack[spi].Kind[i] == state.STACK_DYNPTR && v.k.Has(kmodel.DynptrsTracked) && !v.k.Has(kmodel.RawStackWritesChecked) {
			return v.Reject(abi.EACCES, "potential write to dynptr at off=%d disallowed", at)
		}
	}
	meta.rawSize, meta.rawRegno = size, regno
	return nil
}

// fillStack makes stack that a helper has filled known data, byte by byte.
func (v *verifier) fillStack(regno, size int) error {
	for i := 0; i < size; i++ {
		m := v.newAccess(regno, i, 1, writeAccess)
		if err := v.access(&m); err != nil {
			return err
		}
		// Whatever else the slot held is data by now, so of its other bytes nothing is left to check.
		spi, at := state.SlotOf(m.off)
		for slot := &v.frameOf(m.reg).Stack[spi]; at > 0 && i+1 < size; i++ {
			at--
			slot.Kind[at] = state.STACK_MISC
		}
	}
	return nil
}

// writeStackAt stores to a fixed place of a frame's stack (check_stack_write_fixed_off).
// Alignment and bounds are checked.
func (v *verifier) writeStackAt(f *state.Frame, m *memAccess) error {
	spi, at := state.SlotOf(m.off)
	var reg *state.Reg
	if m.value >= 0 {
		reg = &v.regs()[m.value]
	}
	if err := v.destroyIfDynptr(f, spi); err != nil {
		return err
	}
	aligned := m.off%state.SlotSize == 0
	if aligned && m.size == state.SlotSize {
		// Only a write of the whole slot says that its old value is dead.
		v.noteSlotWrite(f.Frameno, spi)
	}
	v.keepFastcallContract(f, v.idx, m.off)
	v.ScratchSlot(spi)
	slot := &f.Stack[spi]
	switch {
	case reg != nil && aligned && reg.Type == abi.SCALAR_VALUE && (reg.Scalar != unknownNumber || v.k.Has(kmodel.SpillsTracked)):
		fits := bitWidth(reg) <= 8*m.size
		if fits && v.k.Has(kmodel.SpillsTracked) {
			v.shareScalarID(reg)
		}
		spill(slot, reg, m.size)
		if !fits {
			slot.ID = 0 // the stored part is another number
		}
	case reg == nil && aligned && storesImm(&v.insns[v.idx]):
		var imm state.Reg
		imm.MarkKnown(uint64(int64(v.insns[v.idx].Imm)))
		spill(slot, &imm, m.size)
	case reg != nil && v.spills(reg.Type):
		if err := v.checkPointerSpill(f, m, reg); err != nil {
			return err
		}
		spill(slot, reg, m.size)
	default:
		return v.writeStackData(slot, at, m)
	}
	v.precision.Remember(v.st, v.idx, v.prevIdx, precision.SlotAccess(f.Frameno, spi), 0)
	return nil
}

// writeStackData stores something whose value is not tracked, except that it is zero.
func (v *verifier) writeStackData(slot *state.Slot, at int, m *memAccess) error {
	slot.Type = abi.NOT_INIT
	if holdsObject(slot) {
		scrub(slot)
	}
	return v.fillStored(slot, at, m)
}

// checkPointerSpill verifies that a pointer is stored whole, and not to where its target is gone before it.
func (v *verifier) checkPointerSpill(f *state.Frame, m *memAccess, reg *state.Reg) error {
	if m.size != state.SlotSize {
		v.LineInfo(v.idx, "; ")
		return v.Reject(abi.EACCES, "invalid size of register spill")
	}
	if f != v.st.Cur() && reg.Type == abi.PTR_TO_STACK {
		return v.Reject(abi.EINVAL, "cannot spill pointers to stack into stack frame of the caller")
	}
	return nil
}

// fillStored makes the bytes of a slot that are stored to zero or unknown data.
func (v *verifier) fillStored(slot *state.Slot, at int, m *memAccess) error {
	kind := state.STACK_MISC
	if v.storedZero(m) {
		// A zero byte has no register to be marked precise through later.
		if m.value >= 0 {
			if err := v.precision.MarkReg(v.st, m.value); err != nil {
				return err
			}
		}
		kind = state.STACK_ZERO
	}
	for i := range m.size {
		slot.Kind[at-i] = kind
	}
	return nil
}

// writeStackSomewhere stores through a pointer of variable offset (check_stack_write_var_off):
// every byte in reach may hold its old value or the new one.
func (v *verifier) writeStackSomewhere(f *state.Frame, m *memAccess) error {
	lo, end := int(m.reg.Smin)+m.off, int(m.reg.Smax)+m.off+m.size
	zero := v.storedZero(m)
	for off := lo; off < end; off++ {
		spi, _ := state.SlotOf(off)
		if err := v.destroyIfDynptr(f, spi); err != nil {
			return err
		}
	}
	v.keepFastcallContract(f, v.idx, lo)
	keptZero := false
	for off := lo; off < end; off++ {
		spi, at := state.SlotOf(off)
		slot := &f.Stack[spi]
		v.ScratchSlot(spi)
		if zero && slot.Kind[at] == state.STACK_SPILL && slot.IsSpilled() && nullReg(&slot.Reg) {
			keptZero = true
			continue
		}
		if slot.IsSpilled() {
			scrub(slot) // the bytes out of reach hold no register on their own
		}
		slot.Type = abi.NOT_INIT
		if zero && slot.Kind[at] == state.STACK_ZERO {
			keptZero = true
			continue
		}
		slot.Kind[at] = state.STACK_MISC
	}
	if keptZero && m.value >= 0 {
		return v.precision.MarkReg(v.st, m.value)
	}
	return nil
}
