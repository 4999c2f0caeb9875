package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

var irqClassNames = [...]string{state.IRQ_NATIVE_KFUNC: "native", state.IRQ_LOCK_KFUNC: "lock"}

// takeIRQFlag verifies an IRQ flag argument: a flag goes back the way it came (process_irq_flag).
func (c *call) takeIRQFlag(a arg) error {
	switch {
	case c.does(savesIRQ):
		return c.v.saveIRQFlag(a.r, a.regno, c.rule.irq)
	case c.does(restoresIRQ):
		return c.v.restoreIRQFlag(a.r, a.regno, c.rule.irq)
	}
	return c.v.Bug("unknown irq flags kfunc")
}

func (v *verifier) saveIRQFlag(r *state.Reg, regno int, class state.IRQClass) error {
	spi, err := v.stackObject(r, "irq_flag", 1)
	used := err == nil && anyKind(&v.frameOf(r).Stack[spi], state.STACK_IRQ_FLAG)
	if used || err != nil && err != errSlotUnused {
		return v.Reject(abi.EINVAL, "expected uninitialized irq flag as %s", v.argName("arg#", regno-insn.R1))
	}
	if err := v.writeSlot(regno, 0); err != nil {
		return err
	}
	if spi, err = v.stackObject(r, "irq_flag", 1); err != nil {
		return err
	}
	f := v.frameOf(r)
	id := v.addRef(state.Ref{Type: state.REF_TYPE_IRQ, ID: v.newID(), Insn: int32(v.idx)})
	v.st.ActiveIRQID = id
	slot := &f.Stack[spi]
	slot.Reg.MarkPtr(abi.PTR_TO_STACK)
	slot.RefObjID = id
	slot.IRQClass = class
	v.setSlotKind(f, spi, state.STACK_IRQ_FLAG)
	return nil
}

func (v *verifier) restoreIRQFlag(r *state.Reg, regno int, class state.IRQClass) error {
	spi, err := v.stackObject(r, "irq_flag", 1)
	if err != nil || v.frameOf(r).Stack[spi].RefObjID == 0 || !allKind(&v.frameOf(r).Stack[spi], state.STACK_IRQ_FLAG) {
		return v.Reject(abi.EINVAL, "expected an initialized irq flag as %s", v.argName("arg#", regno-insn.R1))
	}
	f := v.frameOf(r)
	v.readSlots(f, spi, 1)
	slot := &f.Stack[spi]
	if slot.IRQClass != class {
		return v.Reject(abi.EINVAL, "irq flag acquired by %s kfuncs cannot be restored with %s kfuncs",
			irqClassNames[slot.IRQClass], irqClassNames[class])
	}
	if err := v.releaseIRQ(slot.RefObjID); err != nil {
		return err
	}
	slot.Reg.MarkNotInit()
	v.setSlotKind(f, spi, state.STACK_INVALID)
	v.endAtomic()
	return nil
}

// releaseIRQ ends the innermost saved IRQ state, which id must be.
func (v *verifier) releaseIRQ(id uint32) error {
	st := v.st
	at, prev := -1, uint32(0)
	for i := range st.Refs {
		if st.Refs[i].Type != state.REF_TYPE_IRQ {
			continue
		}
		if st.Refs[i].ID == st.ActiveIRQID {
			at = i
			break
		}
		prev = st.Refs[i].ID
	}
	if id != st.ActiveIRQID || at < 0 {
		insnIdx := int32(0)
		if at >= 0 {
			insnIdx = st.Refs[at].Insn
		}
		return v.Reject(abi.EACCES, "cannot restore irq state out of order, expected id=%d acquired at insn_idx=%d",
			st.ActiveIRQID, insnIdx)
	}
	dropRef(st, at)
	st.ActiveIRQID = prev
	return nil
}
