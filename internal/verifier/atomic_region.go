package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// inSleepable reports that what is walked may sleep (in_sleepable): the program if it
// was loaded so, an asynchronous callback if its kind may.
func (v *verifier) inSleepable() bool { return v.st.InSleepable }

// region is a stretch of a program in which nothing may sleep.
type region uint8

const (
	regionNone region = iota
	regionRCU
	regionPreempt
	regionIRQ
	regionLock
	regionNoSleep // an iterator's element is held that forbids it
	regionNoFault // as regionNoSleep, under the flag's later name
	regionProg
)

var regionNames = [...]string{
	regionRCU:     "rcu_read_lock region",
	regionPreempt: "non-preemptible region",
	regionIRQ:     "IRQ-disabled region",
	regionLock:    "lock region",
	regionNoSleep: "nosleep iterator region",
	regionNoFault: "nofault region",
	regionProg:    "non-sleepable prog",
}

func (r region) String() string { return regionNames[r] }

// atomicRegion returns the first reason not to sleep here, regionNone if sleeping
// is allowed. The order is the one reasons are given in.
func (v *verifier) atomicRegion() region {
	st := v.st
	switch {
	case st.ActiveRCULocks > 0:
		return regionRCU
	case st.ActivePreemptLocks > 0:
		return regionPreempt
	case st.ActiveIRQID != 0:
		return regionIRQ
	case st.ActiveLocks > 0:
		return regionLock
	case st.ForbidSleep > 0:
		return v.elementRegion()
	case !v.inSleepable():
		return regionProg
	}
	return regionNone
}

// elementRegion is the region of a held iterator element, in the words of the
// flag that forbids sleeping.
func (v *verifier) elementRegion() region {
	for i := range v.st.Refs {
		if v.st.Refs[i].Forbids == state.FORBID_FAULT {
			return regionNoFault
		}
	}
	return regionNoSleep
}

// maySleepHere reports that nothing forbids sleeping here (in_sleepable_context).
func (v *verifier) maySleepHere() bool { return v.atomicRegion() == regionNone }

func (c *call) preemptDisable() error {
	c.v.st.ActivePreemptLocks++
	return nil
}

func (c *call) preemptEnable() error {
	if c.v.st.ActivePreemptLocks == 0 {
		return c.v.Reject(abi.EINVAL, "unmatched attempt to enable preemption (kernel function %s)", c.kf.Name)
	}
	c.v.st.ActivePreemptLocks--
	c.v.endAtomic()
	return nil
}

// checkSleeps refuses a kfunc that sleeps where sleeping is forbidden.
func (c *call) checkSleeps() error {
	v, kf := c.v, c.kf
	if !kf.HasAny(abi.KF_SLEEPABLE) {
		return nil
	}
	why := v.atomicRegion()
	if why == regionNone {
		return nil
	}
	// Where a list says what may be called under a lock, nothing on it sleeps.
	if why == regionLock && !v.k.Has(kmodel.SleepableMessages) && !v.k.Has(kmodel.KfuncSpinlockSafe) {
		return nil
	}
	return v.Reject(abi.EACCES, "kernel func %s is sleepable within %s", kf.Name, why)
}
