package machine

import (
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

func init() {
	registerHelpers(map[string]implementation{
		"spin_lock":   spinLock,
		"spin_unlock": spinUnlock,
	})
	registerKfuncs(map[string]implementation{
		"bpf_res_spin_lock":              resSpinLock,
		"bpf_res_spin_unlock":            resSpinUnlock,
		"bpf_res_spin_lock_irqsave":      resSpinLockIRQ,
		"bpf_res_spin_unlock_irqrestore": resSpinUnlockIRQ,
	})
}

// lockKind is a kind of lock as it is taken.
type lockKind uint8

const (
	spin lockKind = iota
	resilient
	resilientIRQ
)

// lock is a lock that somebody holds or waits for.
type lock struct {
	spot
	kind   lockKind
	holder *CPU
	at     place // where it was taken
}

func (l *lock) String() string {
	return fmt.Sprintf("the lock at offset %d of %s", l.off, l.b.name)
}

// resilientTimeout is how long a resilient lock is waited for, in nanoseconds.
const resilientTimeout = 250e6

// lockAt is the lock at an address, made if nobody holds it.
func (c *CPU) lockAt(addr uint64, kinds object.FieldType) (*lock, error) {
	s, _, err := c.m.fieldAt(addr, kinds, "lock")
	if err != nil {
		return nil, err
	}
	l := c.m.locks[s]
	if l == nil {
		l = &lock{spot: s}
		c.m.locks[s] = l
	}
	return l, nil
}

// hold makes c the holder of a lock.
func (c *CPU) hold(l *lock, kind lockKind) {
	l.kind, l.holder, l.at = kind, c, c.here()
	c.waits, c.deadline = nil, 0
	c.sections.locks = append(c.sections.locks, l)
}

// wait makes c wait until a lock is free.
func (c *CPU) wait(l *lock) (uint64, error) {
	c.waits = l
	return 0, errBlocked
}

func spinLock(c *CPU, a *args) (uint64, error) {
	l, err := c.lockAt(a[0], object.BPF_SPIN_LOCK)
	switch {
	case err != nil:
		return 0, err
	case c.compiled: // which asks for one only that is held
		return 0, &Fault{Kind: Deadlock, Addr: a[0], Object: l.b.info(), Reason: l.String() + " is held already"}
	case l.holder == c:
		return 0, &Fault{Kind: Deadlock, Addr: a[0], Object: l.b.info(), Reason: fmt.Sprintf("%s is held since %s", l, l.at.where())}
	case len(c.sections.locks) > 0:
		return 0, &Fault{Kind: LockOrder, Addr: a[0], Object: l.b.info(), Reason: fmt.Sprintf("%s is held already", c.sections.locks[0])}
	case l.holder != nil:
		return c.wait(l)
	}
	c.hold(l, spin)
	return c.r[0], nil
}

func spinUnlock(c *CPU, a *args) (uint64, error) { return c.r[0], c.release(a[0], spin) }

// release lets go of the lock at an address, which must be the innermost.
func (c *CPU) release(addr uint64, kind lockKind) error {
	l, err := c.lockAt(addr, object.BPF_SPIN_LOCK|object.BPF_RES_SPIN_LOCK)
	if err != nil {
		return err
	}
	fault := func(reason string) error {
		return &Fault{Kind: LockOrder, Addr: addr, Object: l.b.info(), Reason: reason}
	}
	n := len(c.sections.locks)
	switch {
	case l.holder != c:
		return fault(l.String() + " is released and not held")
	case c.sections.locks[n-1] != l:
		return fault(fmt.Sprintf("%s is released before %s, which was taken later", l, c.sections.locks[n-1]))
	case l.kind != kind:
		return fault(l.String() + " is released by another function than that of how it was taken")
	}
	c.unlock(l)
	c.leaveSection()
	return nil
}

// unlock lets go of the innermost lock. With the last one go the pointers borrowed under it.
func (c *CPU) unlock(l *lock) {
	c.sections.locks = c.sections.locks[:len(c.sections.locks)-1]
	delete(c.m.locks, l.spot)
	l.holder = nil
	c.endBorrowing()
}

func resSpinLock(c *CPU, a *args) (uint64, error) { return c.takeResilient(a[0], resilient) }

// takeResilient takes a lock, or fails where waiting would last for ever or too long.
func (c *CPU) takeResilient(addr uint64, kind lockKind) (uint64, error) {
	l, err := c.lockAt(addr, object.BPF_RES_SPIN_LOCK)
	switch {
	case err != nil:
		return 0, err
	case l.holder == nil:
		c.hold(l, kind)
		return 0, nil
	case c.wouldWaitForItself(l):
		return c.failLock(abi.EDEADLK), nil
	case c.deadline == 0:
		c.deadline = c.m.clock + resilientTimeout
	case c.m.clock >= c.deadline:
		return c.failLock(abi.ETIMEDOUT), nil
	}
	return c.wait(l)
}

func (c *CPU) failLock(e abi.Errno) uint64 {
	c.waits, c.deadline = nil, 0
	return uint64(uint32(-int32(e)))
}

// wouldWaitForItself reports that a lock's holder is c, or waits, through others, for a lock that c holds.
func (c *CPU) wouldWaitForItself(l *lock) bool {
	for range c.m.cpus {
		switch {
		case l == nil || l.holder == nil:
			return false
		case l.holder == c:
			return true
		}
		l = l.holder.waits
	}
	return false
}

// waitsForEver is the fault of a CPU that nobody will wake.
func (c *CPU) waitsForEver() error {
	l := c.waits
	return &Fault{Kind: Deadlock, Addr: l.addr(), Object: l.b.info(), Reason: fmt.Sprintf("%s is held by CPU %d since %s", l, l.holder.id, l.at.where())}
}

func resSpinUnlock(c *CPU, a *args) (uint64, error) { return c.r[0], c.release(a[0], resilient) }

func resSpinLockIRQ(c *CPU, a *args) (uint64, error) {
	r, err := c.takeResilient(a[0], resilientIRQ)
	if err == nil && r == 0 {
		err = c.saveIRQ(a[1])
	}
	return r, err
}

func resSpinUnlockIRQ(c *CPU, a *args) (uint64, error) {
	if err := c.release(a[0], resilientIRQ); err != nil {
		return 0, err
	}
	return c.r[0], c.restoreIRQ(a[1])
}
