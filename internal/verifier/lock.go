package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// Flags of processSpinLock.
const (
	spinLockLock    = 1 << iota // bpf_spin_lock() or its kin; unset for unlock
	spinLockRes                 // bpf_res_spin_lock
	spinLockIRQSave             // the irqsave forms
)

// lockFields are the fields of which an object may have one to lock it by.
const lockFields = object.BPF_SPIN_LOCK | object.BPF_RES_SPIN_LOCK

// lockPtrOf names the object a lock lives in. Global variables share one: their map
// has a single value, found without a lookup and so without an id.
func lockPtrOf(r *state.Reg) state.LockPtr {
	if r.Type.Base() == abi.PTR_TO_MAP_VALUE {
		return state.LockPtr(r.Map)
	}
	return 1<<16 | state.LockPtr(r.BTF)
}

// lockKind is how the lock is entered in State.Refs and named in messages.
type lockKind struct {
	ref   state.RefType
	field object.FieldType
	name  string
}

func lockKindOf(flags int) lockKind {
	switch {
	case flags&spinLockRes == 0:
		return lockKind{state.REF_TYPE_LOCK, object.BPF_SPIN_LOCK, "bpf_spin"}
	case flags&spinLockIRQSave != 0:
		return lockKind{state.REF_TYPE_RES_LOCK_IRQ, object.BPF_RES_SPIN_LOCK, "bpf_res_spin"}
	}
	return lockKind{state.REF_TYPE_RES_LOCK, object.BPF_RES_SPIN_LOCK, "bpf_res_spin"}
}

// processSpinLock verifies a lock or unlock through regno; flags are spinLock*.
func (v *verifier) processSpinLock(regno int, flags int) error {
	r := &v.regs()[regno]
	k := lockKindOf(flags)
	if !r.Var.IsConst() {
		return v.Reject(abi.EINVAL, "R%d doesn't have constant offset. %s_lock has to be at the constant offset", regno, k.name)
	}
	holder, name := "local", "kptr"
	if r.Type == abi.PTR_TO_MAP_VALUE {
		m := v.mapOf(r)
		if m.BTF == nil {
			return v.Reject(abi.EINVAL, "map '%s' has to have BTF in order to use %s_lock", m.Name, k.name)
		}
		holder, name = "map", m.Name
	}
	rec := v.regRecord(r)
	if !rec.Has(k.field) {
		return v.Reject(abi.EINVAL, "%s '%s' has no valid %s_lock", holder, name, k.name)
	}
	at := rec.Off(object.BPF_SPIN_LOCK)
	if flags&spinLockRes != 0 {
		at = rec.Off(object.BPF_RES_SPIN_LOCK)
	}
	if off, _ := r.FixedOff(); off != int(at) {
		return v.Reject(abi.EINVAL, "off %d doesn't point to 'struct %s_lock' that is at %d", off, k.name, at)
	}
	if flags&spinLockLock != 0 {
		return v.takeLock(r, k)
	}
	return v.giveLock(r, k)
}

func (v *verifier) takeLock(r *state.Reg, k lockKind) error {
	st, ptr := v.st, lockPtrOf(r)
	if k.ref != state.REF_TYPE_LOCK && st.ActiveLocks > 0 &&
		findLock(st, state.REF_TYPE_RES_LOCK|state.REF_TYPE_RES_LOCK_IRQ, r.ID, ptr) >= 0 {
		return v.Reject(abi.EINVAL, "Acquiring the same lock again, AA deadlock detected")
	}
	v.addRef(state.Ref{Type: k.ref, ID: r.ID, Insn: int32(v.idx), Lock: ptr})
	st.ActiveLocks++
	st.ActiveLockID, st.ActiveLockPtr = r.ID, ptr
	return nil
}

func (v *verifier) giveLock(r *state.Reg, k lockKind) error {
	st, ptr := v.st, lockPtrOf(r)
	if st.ActiveLocks == 0 {
		return v.Reject(abi.EINVAL, "%s_unlock without taking a lock", k.name)
	}
	i := findLock(st, k.ref, r.ID, ptr)
	if i < 0 {
		return v.Reject(abi.EINVAL, "%s_unlock of different lock", k.name)
	}
	if r.ID != st.ActiveLockID || ptr != st.ActiveLockPtr {
		return v.Reject(abi.EINVAL, "%s_unlock cannot be out of order", k.name)
	}
	dropRef(st, i)
	st.ActiveLocks--
	// The lock taken before this one is now the innermost.
	st.ActiveLockID, st.ActiveLockPtr = 0, 0
	for j := i - 1; j >= 0; j-- {
		if st.Refs[j].Type&state.REF_TYPE_LOCK_MASK != 0 {
			st.ActiveLockID, st.ActiveLockPtr = st.Refs[j].ID, st.Refs[j].Lock
			break
		}
	}
	v.invalidateNonOwningRefs()
	return nil
}

// findLock returns the index in st.Refs of a lock of one of the kinds, -1 if it is not held.
func findLock(st *state.State, kinds state.RefType, id uint32, ptr state.LockPtr) int {
	for i := range st.Refs {
		if r := &st.Refs[i]; r.Type&kinds != 0 && r.ID == id && r.Lock == ptr {
			return i
		}
	}
	return -1
}

// checkAllocationLocked verifies that a lock in the same allocation as the list
// head or tree root r points to is held (check_reg_allocation_locked).
func (v *verifier) checkAllocationLocked(r *state.Reg) error {
	switch r.Type {
	case abi.PTR_TO_MAP_VALUE, abi.PTR_TO_BTF_ID | abi.MEM_ALLOC:
	default:
		return v.Bug("unknown reg type for lock check")
	}
	if v.st.ActiveLocks == 0 {
		return vlog.Fail(abi.EINVAL)
	}
	if findLock(v.st, state.REF_TYPE_LOCK_MASK, r.ID, lockPtrOf(r)) < 0 {
		return v.Reject(abi.EINVAL, "held lock and object are not in the same allocation")
	}
	return nil
}

// Helpers with a rule of their own under a lock.
const (
	helperSpinUnlock = 94
	helperKptrXchg   = 194
)

// lockForbidsCall reports that in, a call, may not be made while a lock is held.
// Calls of subprograms are judged by callSubprog.
func (v *verifier) lockForbidsCall(in *insn.Insn) bool {
	switch in.Src {
	case 0:
		return in.Imm != helperSpinUnlock &&
			!(in.Imm == helperKptrXchg && v.k.Has(kmodel.KptrXchgUnderLock))
	case insn.PSEUDO_KFUNC_CALL:
		kf := v.kfuncOf(in)
		return kf == nil || !kf.lockSafe
	}
	return false
}

// lockSafe reports that a kfunc may be called while a lock is held. A kernel
// that marks them by flag asks the flag alone; before, only a fixed list of the
// kernel's own was allowed, never a module's.
func (v *verifier) lockSafe(kf *kfunc) bool {
	if v.k.Has(kmodel.KfuncSpinlockSafe) {
		return kf.has(abi.KF_SPINLOCK_SAFE)
	}
	return kf.set == state.TypesVmlinux && v.k.LockSafeKfunc(kf.name)
}

// inRbtreeLockRequiredCB reports that the current function is called back by an
// rbtree kfunc, which keeps the tree's lock.
func (v *verifier) inRbtreeLockRequiredCB() bool {
	f := v.st.Cur()
	if v.st.CurFrame == 0 || !f.InCallback || f.Callsite < 0 || int(f.Callsite) >= len(v.insns) {
		return false
	}
	return v.specialOf(&v.insns[f.Callsite]).group()&rbtreeAPI != 0
}
