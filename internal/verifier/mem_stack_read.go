package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/precision"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// readableData are the kinds of bytes that read as a number. Stack never written is among
// them, as programs are loaded with CAP_PERFMON.
const readableData = 1<<state.STACK_MISC | 1<<state.STACK_ZERO | 1<<state.STACK_INVALID

// readStackAt loads from a fixed place of a frame's stack into register dst, or
// with dst -1 only verifies that it could (check_stack_read_fixed_off).
func (v *verifier) readStackAt(f *state.Frame, off, size, dst int) error {
	spi, at := slotOf(off)
	cur := v.st.Cur()
	v.ScratchSlot(spi)
	v.keepFastcallContract(cur, v.idx, off)
	v.liveStackRead(f.Frameno, v.idx, 1<<spi)
	slot := &f.Stack[spi]
	if !slot.IsSpilled() {
		for i := range size {
			if readableData>>slot.Kind[at-i]&1 == 0 {
				return v.badStackRead(off, i, size)
			}
		}
		if dst >= 0 {
			v.loadStackData(f, off, off+size, dst)
		}
		return nil
	}
	spilled := spillSize(slot)
	var filled bool
	if size == slotSize && spilled == slotSize {
		if dst >= 0 {
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
		var err error
		if filled, err = v.fillPart(slot, off, size, spilled, dst); err != nil {
			return err
		}
	}
	if !filled {
		return nil
	}
	v.precision.Remember(v.st, v.idx, v.prevIdx, precision.SlotAccess(f.Frameno, spi), 0)
	return nil
}

// spillSize is how many bytes of a slot belong to its spilled register.
func spillSize(s *state.Slot) int {
	n := 1
	for n < slotSize && s.Kind[slotSize-1-n] == state.STACK_SPILL {
		n++
	}
	return n
}

// fillPart loads part of a slot with a spilled scalar, or more than the scalar.
// filled reports that the register now has the spilled value, or part of it.
func (v *verifier) fillPart(slot *state.Slot, off, size, spilled, dst int) (filled bool, err error) {
	_, at := slotOf(off)
	reg := &v.regs()[dst]
	// The low bytes of a scalar lie at the lowest address of its spill.
	if size <= spilled && off%slotSize == 0 {
		*reg = slot.Reg
		if bitWidth(&slot.Reg) > 8*size {
			reg.ID = 0
		}
		return true, nil
	}
	spills, zeros := 0, 0
	for i := range size {
		switch kind := slot.Kind[at-i]; {
		case kind == state.STACK_SPILL:
			spills++
		case kind == state.STACK_ZERO:
			zeros++
		case readableData>>kind&1 == 0:
			return false, v.badStackRead(off, i, size)
		}
	}
	switch {
	case spills == size && slot.Var.Equals(0):
		markKnown(reg, 0)
		return true, nil
	case zeros == size:
		markKnown(reg, 0)
	default:
		markUnknown(reg)
	}
	return false, nil
}

func (v *verifier) badStackRead(off, i, size int) error {
	return v.Reject(abi.EACCES, "invalid read from stack off %d+%d size %d", off, i, size)
}

// readStackSomewhere loads through a pointer of variable offset (check_stack_read_var_off).
func (v *verifier) readStackSomewhere(f *state.Frame, m *memAccess) error {
	err := v.checkStackRangeInitialized(m.regno, m.off, m.size, false, readAccess, nil)
	if err != nil {
		return err
	}
	lo, hi := int(m.reg.Smin)+m.off, int(m.reg.Smax)+m.off
	v.loadStackData(f, lo, hi+m.size, m.valueRegno) // may overwrite m.reg
	v.keepFastcallContract(f, v.idx, lo)
	return nil
}

// loadStackData gives a register what untracked bytes from lo up to end hold: zero
// if all are, else anything.
func (v *verifier) loadStackData(f *state.Frame, lo, end, dst int) {
	for off := lo; off < end; off++ {
		spi, at := slotOf(off)
		v.ScratchSlot(spi)
		if f.Stack[spi].Kind[at] != state.STACK_ZERO {
			markUnknown(&v.regs()[dst])
			return
		}
	}
	markKnown(&v.regs()[dst], 0)
}
