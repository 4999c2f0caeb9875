package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// inRCU reports that RCU protects what is read here (in_rcu_cs): explicitly, by a
// lock, or because the whole program runs under it.
func (v *verifier) inRCU() bool {
	st := v.st
	return st.ActiveRCULocks > 0 || st.ActiveLocks > 0 || !v.inSleepable() ||
		v.k.Has(kmodel.RCUByAtomicSections) && (st.ActivePreemptLocks > 0 || st.ActiveIRQID != 0)
}

// endLocked is called where a lock goes: what was borrowed under it is lost, and with the last of what stood in for an
// RCU section ends the protection.
func (v *verifier) endLocked() {
	if v.k.Has(kmodel.RCUEndsWithLocks) && !v.inRCU() {
		if v.k.Has(kmodel.RCUByAtomicSections) {
			v.endBorrowing()
		}
		v.endRCU() // what is still borrowed is stale then, not lost
	}
	v.endBorrowing()
}

// endAtomic is called where preemption or interrupts come back, which stand in for an RCU section, too.
func (v *verifier) endAtomic() {
	if v.k.Has(kmodel.RCUByAtomicSections) && !v.inRCU() {
		v.endRCU()
	}
}

// endRCU makes pointers that RCU kept valid stale, iterators among them (invalidate_rcu_protected_refs).
func (v *verifier) endRCU() {
	lost := abi.MEM_RCU | abi.PTR_MAYBE_NULL
	if v.k.Has(kmodel.UntrustedObjects) {
		lost |= abi.NON_OWN_REF
	}
	v.st.EachRegIn(1<<state.STACK_SPILL|1<<state.STACK_ITER, func(_ *state.Frame, r *state.Reg) {
		if r.Type&abi.MEM_RCU != 0 {
			r.Type = r.Type&^lost | abi.PTR_UNTRUSTED
		}
	})
}

// rcuReadUnlock closes a read section. With the last, pointers that RCU kept valid may be stale.
func (v *verifier) rcuReadUnlock(name string) error {
	st := v.st
	if st.ActiveRCULocks == 0 {
		return v.Reject(abi.EINVAL, "unmatched rcu read unlock (kernel function %s)", name)
	}
	st.ActiveRCULocks--
	if st.ActiveRCULocks > 0 || v.k.Has(kmodel.RCUByAtomicSections) && v.inRCU() {
		return nil
	}
	v.endRCU()
	return nil
}

func (c *call) rcuLock() error   { return c.changeRCU(true) }
func (c *call) rcuUnlock() error { return c.changeRCU(false) }

// changeRCU applies bpf_rcu_read_lock and unlock. Where sections do not nest, an
// open one refuses another lock.
func (c *call) changeRCU(lock bool) error {
	v, kf := c.v, c.kf
	nests := v.k.Has(kmodel.RCUNesting)
	inCB := (nests || v.st.ActiveRCULocks > 0) && v.inTreeCallback()
	const cbMessage = "Calling bpf_rcu_read_{lock,unlock} in unnecessary rbtree callback"
	switch {
	case inCB && !nests:
		return v.Reject(abi.EACCES, cbMessage)
	case lock && !nests && v.st.ActiveRCULocks > 0:
		return v.Reject(abi.EINVAL, "nested rcu read lock (kernel function %s)", kf.Name)
	case lock:
		v.st.ActiveRCULocks++
	default:
		if err := v.rcuReadUnlock(kf.Name); err != nil {
			return err
		}
	}
	if inCB {
		return v.Reject(abi.EACCES, cbMessage)
	}
	return nil
}
