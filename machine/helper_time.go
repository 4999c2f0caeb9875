package machine

func init() {
	registerHelpers(map[string]implementation{
		"get_prandom_u32":      prandom,
		"ktime_get_ns":         ktime,
		"ktime_get_boot_ns":    ktime,
		"ktime_get_coarse_ns":  ktime,
		"ktime_get_tai_ns":     ktimeTAI,
		"jiffies64":            func(c *CPU, _ *args) (uint64, error) { return c.m.jiffies(), nil },
		"get_smp_processor_id": processorID,
		"get_numa_node_id":     numaNode,
	})
}

// prandom gives the next number of the machine's generator.
func prandom(c *CPU, _ *args) (uint64, error) { return uint64(c.m.rng.Uint32()), nil }

// clockStep is by how much each look at the clock moves it, in nanoseconds.
const clockStep = 100

// ktime gives the virtual clock, which goes on with each look at it.
func ktime(c *CPU, _ *args) (uint64, error) {
	c.m.clock += clockStep
	return c.m.clock, nil
}

// ktimeTAI gives the time since 1970, which TAI equals until somebody sets its offset.
func ktimeTAI(c *CPU, _ *args) (uint64, error) {
	c.m.clock += clockStep
	return c.m.world.Realtime + c.m.clock - c.m.world.Monotonic, nil
}

// hz is how many jiffies a second has (CONFIG_HZ).
const hz = 250

// jiffiesIn is how many jiffies there are in a time, in nanoseconds.
func jiffiesIn(ns uint64) uint64 { return ns / (1e9 / hz) }

// jiffies begin five minutes before they overflow 32 bits, as in the kernel.
func (m *Machine) jiffies() uint64 {
	initial := -int32(300 * hz)
	return uint64(uint32(initial)) + jiffiesIn(m.clock)
}

func processorID(c *CPU, _ *args) (uint64, error) { return uint64(c.id), nil }

func numaNode(*CPU, *args) (uint64, error) { return 0, nil }
