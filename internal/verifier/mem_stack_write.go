package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/precision"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// writeStackAt stores to a fixed place of a frame's stack (check_stack_write_fixed_off).
// Alignment and bounds are checked.
func (v *verifier) writeStackAt(f *state.Frame, m *memAccess) error {
	spi, at := slotOf(m.off)
	cur := v.st.Cur()
	var reg *state.Reg
	if m.value >= 0 {
		reg = &cur.Regs[m.value]
	}
	if err := v.destroyIfDynptr(f, spi); err != nil {
		return err
	}
	aligned := m.off%slotSize == 0
	if aligned && m.size == slotSize {
		// Only a write of the whole slot says that its old value is dead.
		v.live.MarkWrite(f.Frameno, 1<<spi)
	}
	v.keepFastcallContract(f, v.idx, m.off)
	v.ScratchSlot(spi)
	slot := &f.Stack[spi]
	switch {
	case reg != nil && aligned && reg.Type == abi.SCALAR_VALUE:
		fits := bitWidth(reg) <= 8*m.size
		if fits {
			v.shareScalarID(reg)
		}
		spill(slot, reg, m.size)
		if !fits {
			slot.ID = 0 // the stored part is another number
		}
	case reg == nil && aligned && storesImm(&v.insns[v.idx]):
		var imm state.Reg
		markKnown(&imm, uint64(int64(v.insns[v.idx].Imm)))
		spill(slot, &imm, m.size)
	case reg != nil && oneOf(reg.Type, spillable):
		if m.size != slotSize {
			v.LineInfo(v.idx, "; ")
			return v.Reject(abi.EACCES, "invalid size of register spill")
		}
		if f != cur && reg.Type == abi.PTR_TO_STACK {
			return v.Reject(abi.EINVAL, "cannot spill pointers to stack into stack frame of the caller")
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
		spi, _ := slotOf(off)
		if err := v.destroyIfDynptr(f, spi); err != nil {
			return err
		}
	}
	v.keepFastcallContract(f, v.idx, lo)
	keptZero := false
	for off := lo; off < end; off++ {
		spi, at := slotOf(off)
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
