package verifier

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// checkKfuncCall verifies a call of a kernel function at v.idx.
func (v *verifier) checkKfuncCall(in *insn.Insn) error {
	if in.Imm == 0 {
		return nil // dead code may keep such calls; finish refuses those still there
	}
	idx := v.idx
	kf := v.kfuncOf(in)
	if kf == nil {
		return vlog.Fail(abi.EINVAL)
	}
	if !kf.allowed {
		return v.Reject(abi.EACCES, "calling kernel function %s is not allowed", kf.name)
	}
	v.aux[idx].isIterNext = kf.has(abi.KF_ITER_NEXT)
	if kf.special.group()&resLock != 0 {
		if err := v.pushLockFailure(idx); err != nil {
			return err
		}
	}
	if kf.special == kfTrap {
		return v.Reject(abi.EFAULT, "unexpected __bpf_trap() due to uninitialized variable?")
	}
	if kf.has(abi.KF_SLEEPABLE) && !v.inSleepable() {
		return v.Reject(abi.EACCES, "program must be sleepable to call sleepable kfunc %s", kf.name)
	}
	var c kfuncCall
	if err := v.checkKfuncArgs(kf, idx, &c); err != nil {
		return err
	}
	if kf.special == kfSessionCookie {
		c.r0Size, c.r0Rdonly = 8, false
	}
	if err := v.pushKfuncCallback(kf, in, idx, &c); err != nil {
		return err
	}
	if err := v.changeRegion(kf); err != nil {
		return err
	}
	if kf.has(abi.KF_RCU_PROTECTED) && !v.inRCU() {
		return v.Reject(abi.EACCES, "kernel func %s requires RCU critical section protection", kf.name)
	}
	if err := v.releaseKfuncArg(kf, &c); err != nil {
		return err
	}
	if kf.special.group()&inserts != 0 {
		if err := v.insertNode(kf); err != nil {
			return err
		}
	}
	if kf.special == kfThrow {
		if err := v.checkThrow(); err != nil {
			return err
		}
	}
	v.clearCallerSavedRegs(v.regs())
	if err := v.setKfuncResult(kf, idx, &c); err != nil {
		return err
	}
	if kf.changesPacket() {
		v.clearAllPktPointers()
	}
	if kf.has(abi.KF_ITER_NEXT) {
		return v.processIterNext(idx, &c, kf.has(abi.KF_ACQUIRE))
	}
	return nil
}

// pushLockFailure remembers the path on which a resilient lock is not got.
func (v *verifier) pushLockFailure(idx int) error {
	st, err := v.pushStack(idx+1, idx, abi.ENOMEM)
	if err != nil {
		v.Verbose("failed to push state for failed lock acquisition")
		return err
	}
	regs := &st.Cur().Regs
	v.clearCallerSavedRegs(regs)
	r0 := &regs[insn.R0]
	markUnknown(r0)
	r0.MeetS32(-maxErrno, -1)
	return nil
}

// pushKfuncCallback starts the walk of a callback passed to the kfunc.
func (v *verifier) pushKfuncCallback(kf *kfunc, in *insn.Insn, idx int, c *kfuncCall) error {
	var set calleeSetter
	switch kf.special {
	case kfRbtreeAdd:
		set = setRbtreeAddCallback
	case kfWQSetCallback:
		set = setTimerCallback
	case kfTaskWorkSchedule:
		set = setTaskWorkCallback
	default:
		return nil
	}
	if err := v.pushCallbackCall(in, idx, c.subprog, set); err != nil {
		if vlog.Errno(err) != 0 {
			v.Verbose("kfunc %s#%d failed callback verification", kf.name, kf.id)
		}
		return err
	}
	return nil
}

// releaseKfuncArg gives back the reference passed to a releasing kfunc.
func (v *verifier) releaseKfuncArg(kf *kfunc, c *kfuncCall) error {
	if c.releaseRegno == 0 || c.elementReleased {
		return nil
	}
	r := &v.regs()[c.releaseRegno]
	if c.dynptrRefObj != 0 {
		return v.unmarkDynptr(r)
	}
	if err := v.releaseReference(r.RefObjID); err != nil {
		v.Verbose("kfunc %s#%d reference has not been acquired before", kf.name, kf.id)
		return err
	}
	return nil
}

// setKfuncResult makes r0 what the call returns.
func (v *verifier) setKfuncResult(kf *kfunc, idx int, c *kfuncCall) error {
	ret := &kf.ret
	r0 := &v.regs()[insn.R0]
	if kf.has(abi.KF_ACQUIRE) && !ret.refComposite &&
		(kf.set != state.TypesVmlinux || kf.special.group()&localObject == 0) {
		return v.Reject(abi.EINVAL, "acquire kernel function does not return PTR_TO_BTF_ID")
	}
	if ret.scalar {
		markUnknown(r0)
		if kf.special.group()&resLock != 0 {
			markKnown(r0, 0)
		}
		return nil
	}
	if !ret.pointer {
		return nil
	}
	if err := v.setKfuncPointer(kf, r0, c); err != nil {
		return err
	}
	// An owning reference to a refcounted object can always be doubled.
	nullable := kf.has(abi.KF_RET_NULL) && !(kf.special == kfRefcountAcquire && c.owning)
	if nullable {
		r0.Type |= abi.PTR_MAYBE_NULL
		r0.ID = v.newID()
	}
	if kf.has(abi.KF_ACQUIRE) {
		id := v.acquireReference(idx)
		v.forbid(kf)
		if nullable {
			r0.ID = id
		}
		r0.RefObjID = id
		v.holdElement(kf, id, c)
	} else if ret.rbNode || ret.listNode {
		_ = v.setNonOwning(r0) // the kernel does not look at the result; the message is in the log
	}
	if v.regRecord(r0).Has(lockFields) && r0.ID == 0 {
		r0.ID = v.newID()
	}
	return nil
}

// setKfuncPointer makes r0 the pointer returned, but for nullness and references.
func (v *verifier) setKfuncPointer(kf *kfunc, r0 *state.Reg, c *kfuncCall) error {
	ret := &kf.ret
	if kf.set == state.TypesVmlinux {
		if done, err := v.setSpecialPointer(kf, r0, c); done || err != nil {
			return err
		}
	}
	switch {
	case ret.refVoid:
		markUnknown(r0)
	case !ret.refStruct:
		size, rdonly := c.r0Size, c.r0Rdonly
		if size == 0 && ret.refSize >= 0 {
			size, rdonly = uint64(ret.refSize), true
		}
		if size == 0 {
			return v.Reject(abi.EINVAL, "kernel function %s returns pointer type %s %s is not supported",
				kf.name, types.KindName(ret.ref), types.Name(ret.ref))
		}
		markPtr(r0, abi.PTR_TO_MEM)
		r0.MemSize = uint32(size)
		if rdonly {
			r0.Type |= abi.MEM_RDONLY
		}
		// The memory goes with the object it belongs to.
		r0.RefObjID = c.refObjID
		if kf.has(abi.KF_RCU_PROTECTED) {
			r0.Type |= abi.MEM_RCU
		}
	default:
		t := abi.PTR_TO_BTF_ID
		switch next := kf.has(abi.KF_ITER_NEXT); {
		case kf.special == kfGetKmemCache:
			t |= abi.PTR_UNTRUSTED
		case kf.has(abi.KF_RCU_PROTECTED), next && c.iterOf(v.st).Type&abi.MEM_RCU != 0:
			t |= abi.MEM_RCU
		case next:
			t |= abi.PTR_TRUSTED
		}
		markPtr(r0, t)
		r0.BTF, r0.BTFID = kf.set, ret.refID
	}
	return nil
}

// setSpecialPointer does setKfuncPointer for kfuncs whose result depends on the
// arguments; done is false for others.
func (v *verifier) setSpecialPointer(kf *kfunc, r0 *state.Reg, c *kfuncCall) (done bool, err error) {
	switch {
	case kf.special == kfObjNew, kf.special == kfPercpuObjNew:
		return true, v.setNewObject(kf.special == kfPercpuObjNew, r0, c)
	case kf.special == kfRefcountAcquire:
		markPtr(r0, ownedObj)
		r0.BTF, r0.BTFID = c.argSet, c.argID
	case (kf.ret.listNode || kf.ret.rbNode) && c.root != nil:
		markGraphNode(r0, c.root)
	case kf.special == kfCastToKernCtx:
		markPtr(r0, abi.PTR_TO_BTF_ID|abi.PTR_TRUSTED)
		r0.BTF, r0.BTFID = kf.set, c.retID
	case kf.special == kfRdonlyCast:
		return true, v.setRdonlyCast(kf, r0, c)
	case kf.special == kfDynptrSlice, kf.special == kfDynptrSliceRdwr:
		return true, v.setDynptrSlice(kf, r0, c)
	default:
		return false, nil
	}
	return true, nil
}

// percpuObjMax is the largest object bpf_percpu_obj_new allocates, in bytes.
const percpuObjMax = 512

// setNewObject makes r0 the object that bpf_obj_new or bpf_percpu_obj_new allocated.
func (v *verifier) setNewObject(percpu bool, r0 *state.Reg, c *kfuncCall) error {
	if c.constVal>>32 != 0 {
		return v.Reject(abi.EINVAL, "local type ID argument must be in range [0, U32_MAX]")
	}
	set, id := v.typesets[state.TypesProg], uint32(c.constVal)
	if set == nil {
		return v.Reject(abi.EINVAL, "bpf_obj_new/bpf_percpu_obj_new requires prog BTF")
	}
	t, ok := set.ByID(id).(*btf.Struct)
	if !ok {
		return v.Reject(abi.EINVAL, "bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct")
	}
	markType := ownedObj
	if percpu {
		if t.Size > percpuObjMax {
			return v.Reject(abi.EINVAL, "bpf_percpu_obj_new type size (%d) is greater than %d", t.Size, percpuObjMax)
		}
		if plain, deep := scalarStruct(t, 0); !plain {
			if deep {
				v.Verbose("max struct nesting depth exceeded")
			}
			return v.Reject(abi.EINVAL, "bpf_percpu_obj_new type ID argument must be of a struct of scalars")
		}
		if v.structRecord(state.TypesProg, id) != nil {
			return v.Reject(abi.EINVAL, "bpf_percpu_obj_new type ID argument must not contain special fields")
		}
		markType |= abi.MEM_PERCPU
	}
	markPtr(r0, markType)
	r0.BTF, r0.BTFID = state.TypesProg, id
	return nil
}

// setRdonlyCast makes r0 a pointer to the kernel struct, or the plain memory, that bpf_rdonly_cast was asked for.
func (v *verifier) setRdonlyCast(kf *kfunc, r0 *state.Reg, c *kfuncCall) error {
	set := v.typesets[kf.set]
	t := set.ByID(uint32(c.constVal))
	switch t.(type) {
	case nil:
		return v.Reject(abi.EINVAL, "Unknown type ID %d passed to kfunc bpf_rdonly_cast", int64(c.constVal))
	case *btf.Struct, *btf.Union:
		markPtr(r0, abi.PTR_TO_BTF_ID|abi.PTR_UNTRUSTED)
		r0.BTF, r0.BTFID = kf.set, uint32(c.constVal)
	case *btf.Void:
		markPtr(r0, abi.PTR_TO_MEM|abi.MEM_RDONLY|abi.PTR_UNTRUSTED)
	default:
		return v.Reject(abi.EINVAL, "kfunc bpf_rdonly_cast type ID argument must be of a struct or void")
	}
	return nil
}

// setDynptrSlice makes r0 a slice of a dynptr, which lives as long as the dynptr.
func (v *verifier) setDynptrSlice(kf *kfunc, r0 *state.Reg, c *kfuncCall) error {
	markPtr(r0, abi.PTR_TO_MEM|dynptrTypeFlag(c.dynptrType))
	if !c.constFound {
		return v.Bug("bpf_dynptr_slice(_rdwr) no constant size")
	}
	r0.MemSize = uint32(c.constVal)
	if kf.special == kfDynptrSlice {
		r0.Type |= abi.MEM_RDONLY
	} else if !v.mayAccessPacket(nil, writeAccess) {
		return v.Reject(abi.EINVAL, "the prog does not allow writes to packet data")
	}
	if c.dynptrID == 0 {
		return v.Bug("no dynptr id")
	}
	r0.DynptrID = c.dynptrID
	return nil
}

// composite reports a struct or union.
func composite(t btf.Type) bool {
	switch t.(type) {
	case *btf.Struct, *btf.Union:
		return true
	}
	return false
}
