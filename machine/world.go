package machine

import "time"

// World is what surrounds the programs: time, randomness, processors and whose turn it is. Zero values stand for
// those that withDefaults gives, so that a run without a world can be repeated too.
type World struct {
	CPUs      int    `json:"cpus,omitempty"`      // processors; 1
	Seed      uint64 `json:"seed,omitempty"`      // of random numbers and schedules
	Monotonic uint64 `json:"monotonic,omitempty"` // the clock since boot at first, in nanoseconds; an hour
}

func (w World) withDefaults() World {
	if w.CPUs <= 0 {
		w.CPUs = 1
	}
	if w.Monotonic == 0 {
		w.Monotonic = uint64(time.Hour)
	}
	return w
}
