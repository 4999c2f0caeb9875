package verifier

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kproto"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// Arguments of kernel functions where what is passed decides what an argument may be (btf_check_func_arg_match).

func (c *call) checkOlderKfuncArgs() error {
	v, kf := c.v, c.kf
	for i := 0; i < len(kf.Args); i++ {
		a := arg{i: i, regno: insn.R1 + i, r: &v.regs()[insn.R1+i], k: &kf.Args[i]}
		switch a.k.Kind {
		case kproto.Scalar:
			if err := c.checkKfuncScalar(a); err != nil {
				return err
			}
		case kproto.Pointer:
			sized, err := c.checkOlderPointer(a)
			if err != nil {
				return err
			}
			if sized {
				i++ // its length has been verified with it
			}
		default:
			return v.Reject(abi.EINVAL, "Unrecognized %s type %s", v.argName("arg#", i), a.k.KindStr)
		}
	}
	switch {
	case kf.HasAny(abi.KF_RELEASE) && c.refObjID == 0:
		return v.Reject(abi.EINVAL, "release kernel function %s expects refcounted PTR_TO_BTF_ID", kf.Name)
	case kf.HasAny(abi.KF_SLEEPABLE) && !v.inSleepable():
		return v.Reject(abi.EINVAL, "kernel function %s is sleepable but the program is not", kf.Name)
	}
	return nil
}

// checkOlderPointer verifies a pointer; sized reports that the next argument is its length, and verified too.
func (c *call) checkOlderPointer(a arg) (sized bool, err error) {
	v, kf, r := c.v, c.kf, a.r
	trusted, releases := kf.HasAny(abi.KF_TRUSTED_ARGS), kf.HasAny(abi.KF_RELEASE)
	object := r.Type == abi.PTR_TO_BTF_ID || isSocket(r.Type.Base())
	if trusted && object && r.RefObjID == 0 {
		return false, v.Reject(abi.EINVAL, "R%d must be referenced", a.regno)
	}
	at := abi.ARG_DONTCARE
	if trusted && (object || r.Type == abi.PTR_TO_CTX) || releases && r.RefObjID != 0 {
		at |= abi.ArgType(abi.OBJ_RELEASE)
	}
	if err := v.checkArgOffset(r, a.regno, at); err != nil {
		return false, err
	}
	if r.RefObjID != 0 {
		if c.refObjID != 0 {
			return false, v.Bug("more than one arg with ref_obj_id R%d %d %d", a.regno, r.RefObjID, c.refObjID)
		}
		c.refObjID = r.RefObjID
		if releases {
			c.releaseRegno = a.regno
		}
	}
	switch {
	case a.i == 0 && kf.HasAny(abi.KF_KPTR_GET):
		return false, c.takeKptrPlace(a)
	case a.k.Class == kproto.Ctx:
		if r.Type != abi.PTR_TO_CTX {
			return false, v.Reject(abi.EINVAL, "%s expected pointer to ctx, but got %s", v.argName("arg#", a.i), "PTR")
		}
		return false, nil
	case r.Type == abi.PTR_TO_BTF_ID, isSocket(r.Type):
		if !a.k.Composite {
			return false, c.rejectPointee(a, a.k.RefKind, a.k.RefName)
		}
		return false, c.fitsStruct(a, trusted || releases && r.RefObjID != 0)
	}
	return c.takeOlderMemory(a)
}

// isSocket reports registers that stand for a kernel's socket.
func isSocket(t abi.RegType) bool {
	return t == abi.PTR_TO_SOCKET || t == abi.PTR_TO_SOCK_COMMON || t == abi.PTR_TO_TCP_SOCK
}

// rejectPointee refuses a parameter whose pointee the kernel does not take an object for.
func (c *call) rejectPointee(a arg, kind, name string) error {
	return c.v.Reject(abi.EINVAL, "kernel function %s %s pointer type %s %s is not supported",
		c.kf.Name, c.v.argName("args#", a.i), kind, name)
}

// takeOlderMemory verifies an argument that is memory, or a dynptr there.
func (c *call) takeOlderMemory(a arg) (sized bool, err error) {
	if a.k.RefKind == "STRUCT" && a.k.RefName == "bpf_dynptr_kern" {
		return false, c.takeOlderKfuncDynptr(a)
	}
	sized = c.sized(a.i)
	switch err = c.checkPointsToData(a.i, sized); {
	case err != nil:
		return false, err
	case sized:
		return true, c.takeSizedMem(a)
	}
	return false, c.takePlainMem(a)
}

// takeOlderKfuncDynptr verifies a local dynptr of the program.
func (c *call) takeOlderKfuncDynptr(a arg) error {
	why := ""
	switch r := a.r; {
	case r.Type != abi.PTR_TO_STACK:
		why = "not to stack"
	case c.v.olderDynptr(r) == nil:
		why = "must be valid and initialized"
	case c.v.olderDynptr(r).Dynptr != state.DYNPTR_TYPE_LOCAL:
		why = "points to unsupported dynamic pointer type"
	default:
		return nil
	}
	return c.v.Reject(abi.EINVAL, "arg#%d pointer type %s %s %s", a.i, a.k.RefKind, a.k.RefName, why)
}

// takeKptrPlace verifies the kptr field of a map value from which the function gets a reference.
func (c *call) takeKptrPlace(a arg) error {
	v, r := c.v, a.r
	off, fixed := r.FixedOff()
	switch {
	case r.Type != abi.PTR_TO_MAP_VALUE:
		return v.Reject(abi.EINVAL, "arg#0 expected pointer to map value")
	case !fixed:
		return v.Reject(abi.EINVAL, "arg#0 must have constant offset")
	}
	f := v.regRecord(r).Find(uint32(off), object.BPF_KPTR_REF)
	if f == nil {
		return v.Reject(abi.EINVAL, "arg#0 no referenced kptr at map value offset=%d", uint64(off))
	}
	set := v.typesets[c.kf.Set]
	ptr, ok := a.k.Ref.(*btf.Pointer)
	if !ok {
		return v.Reject(abi.EINVAL, "arg#0 BTF type must be a double pointer")
	}
	target := types.Resolve(ptr.Target)
	kind, name := types.KindName(target), types.Name(target)
	if !types.IsComposite(target) {
		return c.rejectPointee(a, kind, name)
	}
	if !v.holds(set, set.ID(target), 0, v.typesets[f.PointeeSet], f.PointeeID, true) {
		return v.Reject(abi.EINVAL, "kernel function %s args#%d expected pointer to %s %s", c.kf.Name, a.i, kind, name)
	}
	return nil
}

// Dynptrs of kernels that do not track what is made of them: their slots are told by kind alone, and nothing but a
// reference ties a slice to its dynptr.

// olderSlots are the slots of the dynptr that r points to, whatever is variable in its offset; nil for none.
func (v *verifier) olderSlots(r *state.Reg) []state.Slot {
	spi, _ := state.SlotOf(int(r.Off))
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
		slots := v.olderSlots(a.r)
		for i := range slots {
			if anyKind(&slots[i], state.STACK_DYNPTR) {
				return v.Reject(abi.EINVAL, "Dynptr has to be an uninitialized dynptr")
			}
		}
		c.newDynptr = a.regno
	case d == nil:
		return v.Reject(abi.EINVAL, "Expected an initialized dynptr as %s", v.argName("arg #", a.i+1))
	case want != abi.ARG_PTR_TO_DYNPTR && d.Dynptr != dynptrTypeOf(want):
		return v.Reject(abi.EINVAL, "Expected a dynptr of type %s as %s", dynptrKinds[dynptrTypeOf(want)].name, v.argName("arg #", a.i+1))
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
