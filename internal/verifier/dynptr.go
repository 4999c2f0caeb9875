package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// dynptrSlots is how many stack slots a struct bpf_dynptr takes.
const dynptrSlots = 2

// dynptrKinds tells for every dynptr type its flag in argument types, its name in
// messages, and whether it holds a reference that must be given back.
var dynptrKinds = [...]struct {
	flag       abi.RegType
	name       string
	refcounted bool
}{
	state.DYNPTR_TYPE_INVALID:  {0, "<invalid>", false},
	state.DYNPTR_TYPE_LOCAL:    {abi.DYNPTR_TYPE_LOCAL, "local", false},
	state.DYNPTR_TYPE_RINGBUF:  {abi.DYNPTR_TYPE_RINGBUF, "ringbuf", true},
	state.DYNPTR_TYPE_SKB:      {abi.DYNPTR_TYPE_SKB, "skb", false},
	state.DYNPTR_TYPE_XDP:      {abi.DYNPTR_TYPE_XDP, "xdp", false},
	state.DYNPTR_TYPE_SKB_META: {abi.DYNPTR_TYPE_SKB_META, "skb_meta", false},
	state.DYNPTR_TYPE_FILE:     {abi.DYNPTR_TYPE_FILE, "file", true},
}

// dynptrTypeFlag is the flag a dynptr type has in argument and register types.
func dynptrTypeFlag(t state.DynptrType) abi.RegType { return dynptrKinds[t].flag }

// dynptrTypeOf is the dynptr type an argument type names.
func dynptrTypeOf(at abi.ArgType) state.DynptrType {
	if f := at.Flags() & abi.DYNPTR_TYPE_FLAG_MASK; f != 0 {
		for t := range dynptrKinds {
			if dynptrKinds[t].flag == f {
				return state.DynptrType(t)
			}
		}
	}
	return state.DYNPTR_TYPE_INVALID
}

// markDynptrReg makes r a CONST_PTR_TO_DYNPTR with a fresh id.
func (v *verifier) markDynptrReg(r *state.Reg, t state.DynptrType) {
	setDynptr(r, t, true, v.newID())
}

// setDynptr makes r (one slot of) a dynptr; its id ties slices to it.
func setDynptr(r *state.Reg, t state.DynptrType, first bool, id uint32) {
	r.MarkPtr(abi.CONST_PTR_TO_DYNPTR)
	r.ID = id
	r.Dynptr = t
	r.First = first
}

// dynptrSlot is the index of the first slot of the dynptr r points to.
func (v *verifier) dynptrSlot(r *state.Reg) (int, error) {
	return v.stackObject(r, "dynptr", dynptrSlots)
}

// dynptrReg returns what is known of the dynptr r points to or is.
func (v *verifier) dynptrReg(r *state.Reg) (*state.Reg, error) {
	if r.Type == abi.CONST_PTR_TO_DYNPTR {
		return r, nil
	}
	spi, err := v.dynptrSlot(r)
	if err != nil {
		return nil, slotErr(err)
	}
	return &v.frameOf(r).Stack[spi].Reg, nil
}

// dynptrID is the id of the dynptr a register points to or is.
func (v *verifier) dynptrID(r *state.Reg) (uint32, error) {
	d, err := v.dynptrReg(r)
	if err != nil {
		return 0, err
	}
	return d.ID, nil
}

// dynptrRefObjID is the reference that dynptr holds, 0 for none.
func (v *verifier) dynptrRefObjID(r *state.Reg) (uint32, error) {
	d, err := v.dynptrReg(r)
	if err != nil {
		return 0, err
	}
	return d.RefObjID, nil
}

// dynptrType is the type of that dynptr, invalid where there is none in reach.
func (v *verifier) dynptrType(r *state.Reg) state.DynptrType {
	if r.Type == abi.CONST_PTR_TO_DYNPTR {
		return r.Dynptr
	}
	off, _ := r.FixedOff()
	spi, _ := state.SlotOf(off)
	if f := v.frameOf(r); spi >= 0 && spi < len(f.Stack) {
		return f.Stack[spi].Dynptr
	}
	return state.DYNPTR_TYPE_INVALID
}

// takeDynptr verifies a dynptr argument of a helper or a function of the program.
func (c *call) takeDynptr(a arg) error {
	if !c.v.k.Has(kmodel.DynptrsTracked) {
		return c.takeOlderDynptr(a)
	}
	return c.v.useDynptr(a.r, a.regno, a.typ, dynptrOrigin{})
}

// dynptrOrigin is what a new dynptr is made from.
type dynptrOrigin struct {
	clone bool   // another dynptr
	ref   uint32 // the reference of that dynptr, or of the object it is made from; 0 for none
}

// useDynptr verifies a dynptr that r points to or is. With MEM_UNINIT in at, a dynptr is
// made there; with MEM_RDONLY it is only looked at (process_dynptr_func).
func (v *verifier) useDynptr(r *state.Reg, regno int, at abi.ArgType, from dynptrOrigin) error {
	if r.Type != abi.PTR_TO_STACK && r.Type != abi.CONST_PTR_TO_DYNPTR {
		return v.Reject(abi.EINVAL, "%s expected pointer to stack or const struct bpf_dynptr", v.argName("arg#", regno-insn.R1))
	}
	if at.HasAll(abi.MEM_UNINIT | abi.MEM_RDONLY) {
		return v.Bug("misconfigured dynptr helper type flags")
	}
	if at.HasAll(abi.MEM_UNINIT) {
		return v.makeDynptr(r, regno, at, from)
	}
	if r.Type == abi.CONST_PTR_TO_DYNPTR && !at.HasAll(abi.MEM_RDONLY) && !v.k.Has(kmodel.ConstDynptrArgs) {
		return v.Reject(abi.EINVAL, "cannot pass pointer to const bpf_dynptr, the helper mutates it")
	}
	if r.Type == abi.CONST_PTR_TO_DYNPTR && at.HasAll(abi.OBJ_RELEASE) && v.k.Has(kmodel.ConstDynptrArgs) {
		return v.Reject(abi.EINVAL, "CONST_PTR_TO_DYNPTR cannot be released")
	}
	if !v.dynptrInitialized(r) {
		return v.Reject(abi.EINVAL, "Expected an initialized dynptr as %s", v.argName("arg #", regno-insn.R1))
	}
	if want := at &^ abi.ArgType(abi.MEM_RDONLY|abi.OBJ_RELEASE); want != abi.ARG_PTR_TO_DYNPTR {
		d, err := v.dynptrReg(r)
		if err != nil || d.Dynptr != dynptrTypeOf(want) {
			return v.Reject(abi.EINVAL, "Expected a dynptr of type %s as %s", dynptrKinds[dynptrTypeOf(at)].name, v.argName("arg #", regno-insn.R1))
		}
	}
	if r.Type == abi.CONST_PTR_TO_DYNPTR {
		return nil
	}
	spi, err := v.dynptrSlot(r)
	if err != nil {
		return slotErr(err)
	}
	v.readSlots(v.frameOf(r), spi, dynptrSlots)
	return nil
}

// makeDynptr verifies that a dynptr may be constructed where r points, and marks the slots.
func (v *verifier) makeDynptr(r *state.Reg, regno int, at abi.ArgType, from dynptrOrigin) error {
	usable := r.Type != abi.CONST_PTR_TO_DYNPTR
	if usable {
		_, err := v.dynptrSlot(r)
		usable = err == nil || err == errSlotUnused
	}
	if !usable {
		return v.Reject(abi.EINVAL, "Dynptr has to be an uninitialized dynptr")
	}
	for i := 0; i < dynptrSlots; i++ {
		if err := v.writeSlot(regno, i); err != nil {
			return err
		}
	}
	spi, err := v.dynptrSlot(r)
	if err != nil {
		return slotErr(err)
	}
	f := v.frameOf(r)
	// The two slots may belong to two older dynptrs; neither survives.
	if err := v.destroyIfDynptr(f, spi); err != nil {
		return err
	}
	if err := v.destroyIfDynptr(f, spi-1); err != nil {
		return err
	}
	t := dynptrTypeOf(at)
	if t == state.DYNPTR_TYPE_INVALID {
		return vlog.Fail(abi.EINVAL)
	}
	derived := v.k.Has(kmodel.ObjectsDerived)
	id, ref := uint32(0), uint32(0)
	if !derived {
		id = v.newID()
	}
	switch {
	case from.clone && (derived || dynptrKinds[t].refcounted):
		ref = from.ref
	case dynptrKinds[t].refcounted:
		ref = v.acquireReference(v.idx)
		v.st.Refs[len(v.st.Refs)-1].Parent = from.ref
	case derived:
		ref = from.ref
	}
	if derived {
		id = v.newID()
	}
	for i := range dynptrSlots {
		s := &f.Stack[spi-i]
		setDynptr(&s.Reg, t, i == 0, id)
		s.RefObjID = ref
		v.setSlotKind(f, spi-i, state.STACK_DYNPTR)
	}
	return nil
}

// dynptrInitialized reports that r is or points to the start of a dynptr.
func (v *verifier) dynptrInitialized(r *state.Reg) bool {
	if r.Type == abi.CONST_PTR_TO_DYNPTR {
		return true
	}
	spi, err := v.dynptrSlot(r)
	if err != nil {
		return false
	}
	f := v.frameOf(r)
	return f.Stack[spi].First && allKind(&f.Stack[spi], state.STACK_DYNPTR) && allKind(&f.Stack[spi-1], state.STACK_DYNPTR)
}

// destroyIfDynptr invalidates the dynptr a stack slot belongs to before it is
// overwritten, with its slices. One that holds a reference must not be lost so.
func (v *verifier) destroyIfDynptr(f *state.Frame, spi int) error {
	if spi < 0 || spi >= len(f.Stack) || f.Stack[spi].Kind[0] != state.STACK_DYNPTR || !v.k.Has(kmodel.DynptrsTracked) {
		return nil
	}
	if !f.Stack[spi].First {
		spi++
	}
	s := &f.Stack[spi]
	if dynptrKinds[s.Dynptr].refcounted &&
		!(v.k.Has(kmodel.DynptrClonesOverwritten) && v.dynptrsHolding(s.RefObjID) > 1) {
		return v.Reject(abi.EINVAL, "cannot overwrite referenced dynptr")
	}
	if id := s.ID; !v.k.Has(kmodel.ObjectsDerived) {
		v.st.EachReg(func(_ *state.Frame, r *state.Reg) {
			if r.Type&^abi.PTR_MAYBE_NULL == abi.PTR_TO_MEM && r.DynptrID == id {
				invalidateReg(r)
			}
		})
	}
	v.clearDynptr(f, spi)
	return nil
}

// dynptrsHolding counts the dynptrs that share a reference.
func (v *verifier) dynptrsHolding(ref uint32) (n int) {
	v.st.EachRegIn(1<<state.STACK_DYNPTR, func(_ *state.Frame, r *state.Reg) {
		if r.Type == abi.CONST_PTR_TO_DYNPTR && r.First && r.RefObjID == ref {
			n++
		}
	})
	return n
}

// clearDynptr forgets the dynptr whose first slot is spi, and where kernels know of them its slices.
func (v *verifier) clearDynptr(f *state.Frame, spi int) {
	if id := f.Stack[spi].ID; v.k.Has(kmodel.ObjectsDerived) {
		v.st.EachReg(func(_ *state.Frame, r *state.Reg) {
			if r.DynptrID == id {
				invalidateReg(r)
			}
		})
	}
	for i := range dynptrSlots {
		f.Stack[spi-i].Reg.MarkNotInit()
		v.setSlotKind(f, spi-i, state.STACK_INVALID)
	}
}

// unmarkDynptr ends the dynptr a register points to, and with its reference every
// slice and clone of it.
func (v *verifier) unmarkDynptr(r *state.Reg) error {
	if r.Type == abi.CONST_PTR_TO_DYNPTR {
		return v.Bug("CONST_PTR_TO_DYNPTR cannot be released")
	}
	if !v.k.Has(kmodel.DynptrsTracked) {
		return v.endOlderDynptr(r)
	}
	spi, err := v.dynptrSlot(r)
	if err != nil {
		return slotErr(err)
	}
	f := v.frameOf(r)
	if !dynptrKinds[f.Stack[spi].Dynptr].refcounted {
		v.clearDynptr(f, spi)
		return nil
	}
	ref := f.Stack[spi].RefObjID
	if err := v.releaseReference(ref); err != nil || v.k.Has(kmodel.ObjectsDerived) {
		return err
	}
	for i := 1; i < len(f.Stack); i++ {
		s := &f.Stack[i]
		if s.RefObjID != ref {
			continue
		}
		if s.Kind[0] != state.STACK_DYNPTR {
			return v.Bug("misconfigured ref_obj_id")
		}
		if s.First {
			v.clearDynptr(f, i)
		}
	}
	return nil
}

// endDerived ends what was made from the object of a reference that is gone: dynptrs and their slices. References that
// were taken through it would never be given back.
func (v *verifier) endDerived(id uint32) error {
	for i := range v.st.Refs {
		if r := &v.st.Refs[i]; r.Type == state.REF_TYPE_PTR && r.Parent == id {
			return v.Reject(abi.EINVAL, "Leaking reference id=%d alloc_insn=%d. Release it first.", r.ID, r.Insn)
		}
	}
	for i := uint32(0); i <= v.st.CurFrame; i++ {
		f := v.st.Frames[i]
		for spi := range f.Stack {
			if s := &f.Stack[spi]; s.Kind[0] == state.STACK_DYNPTR && s.First && s.RefObjID == id {
				v.clearDynptr(f, spi)
			}
		}
	}
	return nil
}
