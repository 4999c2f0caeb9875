package verifier

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// lockOp is what a function does with a lock, a bit each.
type lockOp uint8

const (
	lockTake lockOp = 1 << iota
	lockGive
	lockRes // bpf_res_spin_lock and its kin
	lockIRQ // ... that save and restore interrupts
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

func lockKindOf(op lockOp) lockKind {
	switch {
	case op&lockRes == 0:
		return lockKind{state.REF_TYPE_LOCK, object.BPF_SPIN_LOCK, "bpf_spin"}
	case op&lockIRQ != 0:
		return lockKind{state.REF_TYPE_RES_LOCK_IRQ, object.BPF_RES_SPIN_LOCK, "bpf_res_spin"}
	}
	return lockKind{state.REF_TYPE_RES_LOCK, object.BPF_RES_SPIN_LOCK, "bpf_res_spin"}
}

// useLock takes or gives the lock that regno points to (process_spin_lock).
func (c *call) useLock(r *state.Reg, regno int) error {
	v, op := c.v, c.rule.locks
	k := lockKindOf(op)
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
	if !rec.HasAny(k.field) {
		switch {
		case !v.k.Has(kmodel.FieldRecords) && !v.k.Has(kmodel.GlobalLocks) && inSection(v.mapOf(r)):
			return v.Reject(abi.EINVAL, "map '%s' is not a struct type or bpf_spin_lock is mangled", name)
		case !v.k.Has(kmodel.FieldRecords):
			return v.Reject(abi.EINVAL, "map '%s' doesn't have 'struct bpf_spin_lock'", name)
		}
		return v.Reject(abi.EINVAL, "%s '%s' has no valid %s_lock", holder, name, k.name)
	}
	at := rec.Off(object.BPF_SPIN_LOCK)
	if op&lockRes != 0 {
		at = rec.Off(object.BPF_RES_SPIN_LOCK)
	}
	if off, _ := r.FixedOff(); off != int(at) {
		if !v.k.Has(kmodel.FieldRecords) {
			return v.Reject(abi.EINVAL, "off %d doesn't point to 'struct bpf_spin_lock'", off)
		}
		return v.Reject(abi.EINVAL, "off %d doesn't point to 'struct %s_lock' that is at %d", off, k.name, at)
	}
	if op&lockTake != 0 {
		return v.holdLock(r, k)
	}
	return v.releaseLock(r, k)
}

// inSection reports a map of global variables.
func inSection(m *object.Map) bool {
	_, ok := m.BTF.ByID(m.ValueTypeID).(*btf.Datasec)
	return ok
}

func (v *verifier) holdLock(r *state.Reg, k lockKind) error {
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

func (v *verifier) releaseLock(r *state.Reg, k lockKind) error {
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
	v.endLocked()
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

// takeLock takes or gives the lock of a spin lock helper.
func (c *call) takeLock(a arg) error {
	if c.v.inTreeCallback() {
		return c.v.Reject(abi.EACCES, "can't spin_{lock,unlock} in rbtree cb")
	}
	if c.rule.locks == 0 {
		return c.v.Bug("spin lock arg on unexpected helper")
	}
	return c.useLock(a.r, a.regno)
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

// lockForbidsCall reports that in, a call, may not be made while a lock is held.
// Calls of subprograms are judged by callSubprog.
func (v *verifier) lockForbidsCall(in *insn.Insn) bool {
	switch in.Src {
	case 0:
		r := helperRule(in.Imm)
		return r.underLock == nil || !r.underLock(v.k)
	case insn.PSEUDO_KFUNC_CALL:
		kf := v.kfuncOf(in)
		return kf == nil || !kf.LockSafe
	}
	return !v.k.Has(kmodel.CallsUnderLock)
}

// inTreeCallback reports that the current function, or from some kernels on one that it was called by, is called back
// by an rbtree kfunc, which keeps the tree's lock (in_rbtree_lock_required_cb).
func (v *verifier) inTreeCallback() bool {
	for i := v.st.CurFrame; i > 0; i-- {
		f := v.st.Frames[i]
		if f.InCallback && v.ruleOf(&v.insns[f.Callsite]).traits&rbtreeAPI != 0 {
			return true
		}
		if !v.k.Has(kmodel.RbtreeCallbackNested) {
			return false
		}
	}
	return false
}
