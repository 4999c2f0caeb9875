package machine

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

func init() {
	registerHelpers(map[string]implementation{
		"timer_init":         timerInit,
		"timer_set_callback": timerSetCallback,
		"timer_start":        timerStart,
		"timer_cancel":       timerCancel,
	})
}

// Clocks that a timer may be made for.
const (
	clockRealtime  = 0
	clockMonotonic = 1
	clockBoottime  = 7
)

// timerInit makes the field r1, of a value of the map r2, a timer.
func timerInit(c *CPU, a *args) (uint64, error) {
	s, d, err := c.deferredAt(a[0], object.BPF_TIMER, "timer")
	if err != nil {
		return 0, err
	}
	switch a[2] {
	case clockRealtime, clockMonotonic, clockBoottime:
	default:
		return failure(abi.EINVAL), nil
	}
	if d != nil {
		return failure(abi.EBUSY), nil
	}
	d, err = c.newDeferred(s, object.BPF_TIMER, a[1])
	if err == nil && a[2] == clockRealtime {
		d.real = true
	}
	return 0, err
}

// timerSetCallback makes r2 the function that runs when the timer r1 expires.
func timerSetCallback(c *CPU, a *args) (uint64, error) {
	_, d, err := c.deferredAt(a[0], object.BPF_TIMER, "timer")
	if err != nil || d == nil {
		return failure(abi.EINVAL), err
	}
	return 0, c.setDeferred(d, a[1])
}

// timerStart makes the timer r1 expire in r2 nanoseconds, or when its clock is there.
func timerStart(c *CPU, a *args) (uint64, error) {
	const absolute, pinned = 1, 2
	_, d, err := c.deferredAt(a[0], object.BPF_TIMER, "timer")
	if err != nil || a[2]&^(absolute|pinned) != 0 {
		return failure(abi.EINVAL), err
	}
	due := c.m.clock + a[1]
	if d != nil && a[2]&absolute != 0 {
		due = a[1]
		if d.real {
			due -= min(due, c.m.world.Realtime-c.m.world.Monotonic)
		}
	}
	return failure(c.startDeferred(d, due)), nil
}

// timerCancel stops the timer r1, which has no function then; it returns 1 if it would have expired.
func timerCancel(c *CPU, a *args) (uint64, error) {
	_, d, err := c.deferredAt(a[0], object.BPF_TIMER, "timer")
	switch {
	case err != nil || d == nil:
		return failure(abi.EINVAL), err
	case d.busy:
		return failure(abi.EDEADLK), nil
	}
	was := d.armed
	d.armed, d.prog = false, nil
	return truth(was), nil
}
