package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// invalidateReg makes what was a pointer a number that says nothing: the program
// keeps the bits but may no longer follow them.
func invalidateReg(r *state.Reg) { r.MarkUnknown() }

// acquireReference adds a pointer reference taken at instruction idx and returns its id.
func (v *verifier) acquireReference(idx int) uint32 {
	return v.addRef(state.Ref{Type: state.REF_TYPE_PTR, ID: v.newID(), Insn: int32(idx)})
}

func (v *verifier) addRef(r state.Ref) uint32 {
	if v.inOwnCallback() {
		r.Callback = v.st.CurFrame
	}
	v.st.Refs = append(v.st.Refs, r)
	return r.ID
}

// forbid notes what the youngest reference, just taken by kf, rules out while it is held.
func (v *verifier) forbid(kf *kfunc) {
	what := state.FORBID_NOTHING
	switch {
	case !v.k.Has(kmodel.ForbidSleep):
	case kf.HasAny(abi.KF_FORBID_FAULT):
		what = state.FORBID_FAULT
	case kf.HasAny(abi.KF_FORBID_SLEEP):
		what = state.FORBID_SLEEP
	}
	if what != state.FORBID_NOTHING {
		v.st.Refs[len(v.st.Refs)-1].Forbids = what
		v.st.ForbidSleep++
	}
}

// dropRef removes st.Refs[i] and keeps the order of the others: locks and IRQ
// flags are given back in the reverse order of their taking.
func dropRef(st *state.State, i int) {
	if st.Refs[i].Forbids != state.FORBID_NOTHING {
		st.ForbidSleep--
	}
	st.Refs = append(st.Refs[:i], st.Refs[i+1:]...)
}

// findReference reports whether st holds an entry with the id.
func findReference(st *state.State, id uint32) bool {
	for i := range st.Refs {
		if st.Refs[i].ID == id {
			return true
		}
	}
	return false
}

// releaseReferenceNoMark drops pointer reference id from st and leaves registers
// alone. EINVAL if it is not held.
func (v *verifier) releaseReferenceNoMark(st *state.State, id uint32) error {
	at, last := -1, -1
	for i := range st.Refs {
		if r := &st.Refs[i]; r.Type == state.REF_TYPE_PTR {
			if last = i; r.ID == id {
				at = i
			}
		}
	}
	if at < 0 {
		return vlog.Fail(abi.EINVAL)
	}
	if at != last && !v.k.Has(kmodel.IRQSections) { // nothing yet rests on their order, and the last takes the place
		st.Refs[at], st.Refs[last] = st.Refs[last], st.Refs[at]
		at = last
	}
	dropRef(st, at)
	return nil
}

// inOwnCallback reports that a callback runs that must give back what it acquires, and nothing else.
func (v *verifier) inOwnCallback() bool {
	return v.st.Cur().InCallback && !v.k.Has(kmodel.CallbackReferences)
}

// mayRelease reports whether a reference may be given back here: callbacks must not give back what is not theirs, as another
// round could not.
func (v *verifier) mayRelease(id uint32) bool {
	if !v.inOwnCallback() {
		return true
	}
	for i := range v.st.Refs {
		if r := &v.st.Refs[i]; r.Type == state.REF_TYPE_PTR && r.ID == id {
			return r.Callback == v.st.CurFrame
		}
	}
	return true
}

// releaseReference drops pointer reference id and invalidates every register that
// carries it. EINVAL if it is not held.
func (v *verifier) releaseReference(id uint32) error {
	if !v.mayRelease(id) {
		return vlog.Fail(abi.EINVAL)
	}
	if err := v.releaseReferenceNoMark(v.st, id); err != nil {
		return err
	}
	v.st.EachReg(func(_ *state.Frame, r *state.Reg) {
		if r.RefObjID == id {
			invalidateReg(r)
		}
	})
	if v.k.Has(kmodel.ObjectsDerived) {
		return v.endDerived(id)
	}
	return nil
}

// stashReference hands a reference to a kptr field. Copies of the pointer die, but for
// percpu objects that RCU still protects.
func (v *verifier) stashReference(id uint32) error {
	if !v.mayRelease(id) {
		return vlog.Fail(abi.EINVAL)
	}
	if err := v.releaseReferenceNoMark(v.st, id); err != nil {
		return err
	}
	rcu := v.inRCU()
	v.st.EachReg(func(_ *state.Frame, r *state.Reg) {
		if r.RefObjID != id {
			return
		}
		if rcu && r.Type&abi.MEM_ALLOC != 0 && r.Type&abi.MEM_PERCPU != 0 {
			v.disown(r)
			r.Type = r.Type&^abi.MEM_ALLOC | abi.MEM_RCU
			return
		}
		invalidateReg(r)
	})
	return nil
}

// disown takes the reference from a pointer that stays, and its id where that is the same.
func (v *verifier) disown(r *state.Reg) {
	r.RefObjID = 0
	if v.k.Has(kmodel.PointerIDsKept) {
		r.ID = 0
	}
}

// forgetPackets invalidates packet pointers after the packet may have moved (clear_all_pkt_pointers).
func (v *verifier) forgetPackets() {
	v.st.EachReg(func(_ *state.Frame, r *state.Reg) {
		switch r.Type.Base() {
		case abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META, abi.PTR_TO_PACKET_END:
			invalidateReg(r)
		case abi.PTR_TO_MEM:
			if isPacketSlice(r) {
				invalidateReg(r)
			}
		}
	})
}

// isPacketSlice reports memory that a packet's dynptr has lent.
func isPacketSlice(r *state.Reg) bool {
	return r.Type.Base() == abi.PTR_TO_MEM && r.Type&(abi.DYNPTR_TYPE_SKB|abi.DYNPTR_TYPE_XDP|abi.DYNPTR_TYPE_SKB_META) != 0
}

// endBorrowing kills borrowed references: what they point to may be
// taken out of its container and freed once the lock is gone (invalidate_non_owning_refs).
func (v *verifier) endBorrowing() {
	v.st.EachReg(func(_ *state.Frame, r *state.Reg) {
		if isNonOwningRef(r.Type) {
			invalidateReg(r)
		}
	})
}

// isAllocObj reports a pointer to an object the program allocated (type_is_ptr_alloc_obj).
func isAllocObj(t abi.RegType) bool {
	return t.Base() == abi.PTR_TO_BTF_ID && t&abi.MEM_ALLOC != 0
}

// isNonOwningRef reports a borrowed pointer to such an object.
func isNonOwningRef(t abi.RegType) bool { return isAllocObj(t) && t&abi.NON_OWN_REF != 0 }

// setNonOwning makes a node pointer borrowed: its container owns the object and a
// lock keeps it there (ref_set_non_owning).
func (v *verifier) setNonOwning(r *state.Reg) error {
	if v.st.ActiveLocks == 0 {
		return v.Bug("ref_set_non_owning w/o active lock")
	}
	if r.Type&abi.NON_OWN_REF != 0 {
		return v.Bug("NON_OWN_REF already set")
	}
	rec := v.regRecord(r)
	r.Type |= abi.NON_OWN_REF
	if rec.HasAny(object.BPF_REFCOUNT) {
		r.Type |= abi.MEM_RCU
	}
	return nil
}

// lendOwned gives the object of reference id to a container: the program's copies
// of the pointer become borrowed ones (ref_convert_owning_non_owning).
func (v *verifier) lendOwned(id uint32) error {
	if id == 0 {
		return v.Bug("ref_obj_id is zero for owning -> non-owning conversion")
	}
	if !findReference(v.st, id) {
		return v.Bug("ref state missing for ref_obj_id")
	}
	v.st.EachReg(func(_ *state.Frame, r *state.Reg) {
		if r.RefObjID == id {
			v.disown(r)
			_ = v.setNonOwning(r) // the kernel goes on here too; the message is in the log
		}
	})
	return nil
}

// checkReferenceLeak verifies that no pointer reference outlives the program (check_reference_leak).
func (v *verifier) checkReferenceLeak(exceptionExit bool) error {
	st := v.st
	callback := !exceptionExit && v.inOwnCallback()
	if !exceptionExit && st.CurFrame > 0 && !callback {
		return nil
	}
	// A struct_ops program may hand an object back to the kernel as its result.
	returned := uint32(0)
	if !exceptionExit && v.rules.Type == abi.PROG_TYPE_STRUCT_OPS {
		returned = st.Cur().Regs[insn.R0].RefObjID
	}
	leaked := false
	for i := range st.Refs {
		r := &st.Refs[i]
		if r.Type != state.REF_TYPE_PTR || returned == r.ID || callback && r.Callback != st.CurFrame {
			continue
		}
		v.Verbose("Unreleased reference id=%d alloc_insn=%d", r.ID, r.Insn)
		leaked = true
	}
	if leaked {
		return vlog.Fail(abi.EINVAL)
	}
	return nil
}

// leaving is a way to leave the program, in the words of messages.
type leaving string

const (
	byExit     leaving = "BPF_EXIT instruction in main prog"
	byThrow    leaving = "bpf_throw"
	byTailCall leaving = "tail_call"
	byLdAbs    leaving = "BPF_LD_[ABS|IND]" // ends the program where the packet does
)

// checkResourceLeak verifies that nothing is held where control leaves the program. At the exit of a callback locks may be.
func (v *verifier) checkResourceLeak(how leaving, locks bool) error {
	if st := v.st; len(st.Refs) == 0 && st.ActiveLocks == 0 && st.ActiveIRQID == 0 && st.ActiveRCULocks == 0 && st.ActivePreemptLocks == 0 {
		return nil
	}
	if !v.k.Has(kmodel.ResourceLeakChecks) {
		return v.checkHeld(how, locks)
	}
	throws := how == byThrow
	if throws && !v.k.Has(kmodel.ThrowsByName) {
		how, locks = byExit, v.st.CurFrame == 0
	}
	if locks && v.st.ActiveLocks > 0 {
		return v.Reject(abi.EINVAL, "%s cannot be used inside bpf_spin_lock-ed region", how)
	}
	if err := v.checkReferenceLeak(throws); err != nil {
		v.Verbose("%s would lead to reference leak", how)
		return err
	}
	if locks {
		return v.checkRegions(how)
	}
	return nil
}

// checkRegions verifies that no section is open.
func (v *verifier) checkRegions(how leaving) error {
	switch st := v.st; {
	case st.ActiveIRQID != 0:
		return v.Reject(abi.EINVAL, "%s cannot be used inside bpf_local_irq_save-ed region", how)
	case st.ActiveRCULocks > 0:
		return v.Reject(abi.EINVAL, "%s cannot be used inside bpf_rcu_read_lock-ed region", how)
	case st.ActivePreemptLocks > 0:
		return v.Reject(abi.EINVAL, "%s cannot be used inside bpf_preempt_disable-ed region", how)
	}
	return nil
}

// checkHeld is checkResourceLeak for kernels without kmodel.ResourceLeakChecks, whose places to leave have words of their own.
func (v *verifier) checkHeld(how leaving, locks bool) error {
	st := v.st
	ends := how == byExit || how == byThrow
	if how == byLdAbs {
		if err := v.checkReferenceLeak(false); err != nil {
			v.Verbose("%s cannot be mixed with socket references", how)
			return err
		}
	}
	switch {
	case how == byExit && st.ActiveLocks > 0 && !v.k.Has(kmodel.CallsUnderLock):
		return v.Reject(abi.EINVAL, "bpf_spin_unlock is missing")
	case !locks:
	case how != byExit && st.ActiveLocks > 0:
		return v.Reject(abi.EINVAL, "%s cannot be used inside bpf_spin_lock-ed region", how)
	case how == byExit && st.ActiveLocks > 0:
		return v.Reject(abi.EINVAL, "bpf_spin_unlock is missing")
	case how == byExit && st.ActiveRCULocks > 0:
		return v.Reject(abi.EINVAL, "bpf_rcu_read_unlock is missing")
	case how == byExit && st.ActivePreemptLocks == 1:
		return v.Reject(abi.EINVAL, "1 bpf_preempt_enable is missing")
	case how == byExit && st.ActivePreemptLocks > 1:
		return v.Reject(abi.EINVAL, "%d bpf_preempt_enable(s) are missing", st.ActivePreemptLocks)
	case ends:
		if err := v.checkRegions(how); err != nil {
			return err
		}
	}
	if how != byLdAbs {
		if err := v.checkReferenceLeak(how == byThrow); err != nil {
			if !ends {
				v.Verbose("%s would lead to reference leak", how)
			}
			return err
		}
	}
	if ends {
		return nil
	}
	return v.checkRegions(how)
}
