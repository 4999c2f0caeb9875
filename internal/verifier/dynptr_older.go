package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// Dynptrs of kernels that do not track what is made of them: their slots are told by kind alone, and nothing but a
// reference ties a slice to its dynptr.

// olderSlots are the slots of the dynptr that r points to, whatever is variable in its offset; nil for none.
func (v *verifier) olderSlots(r *state.Reg) []state.Slot {
	spi := (-int(r.Off) - 1) / state.SlotSize
	stack := v.frameOf(r).Stack
	if spi < dynptrSlots-1 || spi >= len(stack) {
		return nil
	}
	return stack[spi-dynptrSlots+1 : spi+1]
}

// olderDynptr is the first slot of the dynptr that is surely there, nil for none.
func (v *verifier) olderDynptr(r *state.Reg) *state.Slot {
	slots := v.olderSlots(r)
	if slots == nil || !slots[1].First || !allKind(&slots[0], state.STACK_DYNPTR) || !allKind(&slots[1], state.STACK_DYNPTR) {
		return nil
	}
	return &slots[1]
}

// olderReference is the reference that the slots where r points to hold, 0 for none.
func (v *verifier) olderReference(r *state.Reg) uint32 {
	if slots := v.olderSlots(r); slots != nil {
		return slots[1].RefObjID
	}
	return 0
}

// takeOlderDynptr verifies a dynptr argument of a helper.
func (c *call) takeOlderDynptr(a arg) error {
	v := c.v
	if a.r.Type == abi.CONST_PTR_TO_DYNPTR {
		return nil
	}
	d := v.olderDynptr(a.r)
	switch want := a.typ &^ abi.ArgType(abi.OBJ_RELEASE); {
	case a.typ.HasAll(abi.MEM_UNINIT):
		for _, s := range v.olderSlots(a.r) {
			for _, kind := range s.Kind {
				if kind == state.STACK_DYNPTR {
					return v.Reject(abi.EINVAL, "Dynptr has to be an uninitialized dynptr")
				}
			}
		}
		c.newDynptr = a.regno
	case d == nil:
		return v.Reject(abi.EINVAL, "Expected an initialized dynptr as arg #%d", a.i+1)
	case want != abi.ARG_PTR_TO_DYNPTR && d.Dynptr != dynptrTypeOf(want):
		return v.Reject(abi.EINVAL, "Expected a dynptr of type %s as arg #%d", dynptrKinds[dynptrTypeOf(want)].name, a.i+1)
	}
	return nil
}

// makeOlderDynptr makes the dynptr that the helper was handed a place for.
func (c *call) makeOlderDynptr() error {
	v, r := c.v, &c.v.regs()[c.newDynptr]
	for i := range dynptrSlots {
		if err := v.writeSlot(c.newDynptr, i); err != nil {
			return err
		}
	}
	slots := v.olderSlots(r)
	t := dynptrTypeOf(c.fn.Args[c.newDynptr-insn.R1])
	if slots == nil || t == state.DYNPTR_TYPE_INVALID {
		return vlog.Fail(abi.EINVAL)
	}
	ref := uint32(0)
	if dynptrKinds[t].refcounted {
		ref = v.acquireReference(v.idx)
	}
	for i := range slots {
		setDynptr(&slots[i].Reg, t, i == 1, 0)
		slots[i].RefObjID = ref
		fillKind(&slots[i], state.STACK_DYNPTR)
	}
	return nil
}

// endOlderDynptr ends the dynptr that r points to, and with its reference its slices.
func (v *verifier) endOlderDynptr(r *state.Reg) error {
	slots := v.olderSlots(r)
	if slots == nil {
		return vlog.Fail(abi.EINVAL)
	}
	ref := slots[1].RefObjID
	if !dynptrKinds[slots[1].Dynptr].refcounted {
		ref = 0
	}
	for i := range slots {
		slots[i].Reg.MarkNotInit()
		fillKind(&slots[i], state.STACK_INVALID)
	}
	if ref != 0 {
		_ = v.releaseReference(ref) // the kernel does not look at the result
	}
	return nil
}
