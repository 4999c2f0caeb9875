package machine

import (
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_rcu_read_lock":     rcuReadLock,
		"bpf_rcu_read_unlock":   rcuReadUnlock,
		"bpf_preempt_disable":   preemptDisable,
		"bpf_preempt_enable":    preemptEnable,
		"bpf_local_irq_save":    localIRQSave,
		"bpf_local_irq_restore": localIRQRestore,
	})
}

// sections are those that a CPU is in.
type sections struct {
	rcu     int
	preempt int
	irqs    []uint64 // addresses of the flags that say how interrupts were, innermost last
	locks   []*lock  // innermost last
	areas   int      // of memory that are held, and may not change meanwhile

	ended uint64 // RCU sections so far, and programs
	runs  uint64 // programs
}

// readsRCU reports that the CPU may use what it could reach when the section began: it is in one, or in a program
// that is one as a whole.
func (c *CPU) readsRCU() bool {
	return c.active() && c.atomicIn() != ""
}

// atomicIn names the innermost reason why nothing may sleep, "" if it may.
func (c *CPU) atomicIn() string {
	switch {
	case c.rcu > 0:
		return "an RCU section"
	case c.preempt > 0:
		return "a section without preemption"
	case len(c.irqs) > 0:
		return "a section without interrupts"
	case len(c.locks) > 0:
		return "a section under a lock"
	case c.run != nil && !c.run.sleepable:
		return "a program that may not sleep"
	}
	return ""
}

// mayCall says what is wrong with calling f here; nil if nothing is.
func (c *CPU) mayCall(f *callee) error {
	if len(c.locks) > 0 && !f.underLock {
		return &Fault{Kind: LockHeld, Reason: fmt.Sprintf("%s may not be called while %s is held", f.name, c.locks[len(c.locks)-1])}
	}
	if !f.sleeps {
		return nil
	}
	why := c.atomicIn()
	if c.areas > 0 && c.m.k.Has(kmodel.ForbidSleep) {
		why = "a section that holds an area of memory"
	}
	if why != "" {
		return &Fault{Kind: Sleeping, Reason: fmt.Sprintf("%s may sleep, in %s", f.name, why)}
	}
	return nil
}

// mayEnd says what keeps the program at hand from ending, or from leaving its functions; nil if nothing does.
func (c *CPU) mayEnd(how string) error {
	switch {
	case len(c.locks) > 0:
		return &Fault{Kind: LockHeld, Reason: fmt.Sprintf("%s while %s is held", how, c.locks[len(c.locks)-1])}
	case c.rcu > 0:
		return &Fault{Kind: Unbalanced, Reason: how + " in an RCU section"}
	case c.preempt > 0:
		return &Fault{Kind: Unbalanced, Reason: how + " in a section without preemption"}
	case len(c.irqs) > 0:
		return &Fault{Kind: Unbalanced, Reason: how + " in a section without interrupts"}
	}
	return c.run.leaks()
}

// leaveAll takes a CPU, whose program is over, out of what it was in.
func (c *CPU) leaveAll() {
	if c.active() {
		c.status = idle
	}
	for len(c.locks) > 0 {
		c.unlock(c.locks[len(c.locks)-1])
	}
	c.sections = sections{ended: c.ended + 1, runs: c.runs + 1}
	c.m.reap()
}

// leaveSection is to be called when a section has ended: readers may be waited for.
func (c *CPU) leaveSection() {
	if c.atomicIn() == "" {
		c.ended++
		c.m.reap()
	}
}

func rcuReadLock(c *CPU, _ *args) (uint64, error) {
	c.rcu++
	return c.r[0], nil
}

func rcuReadUnlock(c *CPU, _ *args) (uint64, error) {
	if c.rcu == 0 {
		return 0, &Fault{Kind: Unbalanced, Reason: "bpf_rcu_read_unlock outside an RCU section"}
	}
	c.rcu--
	c.leaveSection()
	return c.r[0], nil
}

func preemptDisable(c *CPU, _ *args) (uint64, error) {
	c.preempt++
	return c.r[0], nil
}

func preemptEnable(c *CPU, _ *args) (uint64, error) {
	if c.preempt == 0 {
		return 0, &Fault{Kind: Unbalanced, Reason: "bpf_preempt_enable while preemption is enabled"}
	}
	c.preempt--
	c.leaveSection()
	return c.r[0], nil
}

// interruptFlag is what a program finds in a word that says that interrupts were on.
const interruptFlag = 0x200

// localIRQSave turns interrupts off and notes in r1's word how they were.
func localIRQSave(c *CPU, a *args) (uint64, error) { return c.r[0], c.saveIRQ(a[0]) }

func (c *CPU) saveIRQ(flags uint64) error {
	was := uint64(0)
	if len(c.irqs) == 0 {
		was = interruptFlag
	}
	if err := c.m.mem.store(flags, 8, was); err != nil {
		return err
	}
	c.irqs = append(c.irqs, flags)
	return nil
}

// localIRQRestore ends the section that r1's word began, which must be the innermost.
func localIRQRestore(c *CPU, a *args) (uint64, error) { return c.r[0], c.restoreIRQ(a[0]) }

func (c *CPU) restoreIRQ(flags uint64) error {
	n := len(c.irqs)
	switch {
	case n == 0:
		return &Fault{Kind: Unbalanced, Addr: flags, Reason: "interrupts are restored that were not saved"}
	case c.irqs[n-1] != flags:
		return &Fault{Kind: Unbalanced, Addr: flags, Reason: "interrupts are restored out of order"}
	}
	c.irqs = c.irqs[:n-1]
	c.leaveSection()
	return nil
}
