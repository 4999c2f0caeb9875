package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

// cpumask is a set of CPUs as it lies in memory: a bit each, of those that the machine has.
type cpumask struct {
	bytes []byte
	cpus  int
}

func (s cpumask) has(i int) bool { return s.bytes[i/8]>>(i%8)&1 != 0 }

func (s cpumask) set(i int, on bool) {
	s.bytes[i/8] &^= 1 << (i % 8)
	if on {
		s.bytes[i/8] |= 1 << (i % 8)
	}
}

// first is the first CPU, from one on, for which ok holds, by whether it is in s and in o; how many there are if there is none.
func (s cpumask) first(from int, o cpumask, ok func(s, o bool) bool) int {
	for i := from; i < s.cpus; i++ {
		if ok(s.has(i), o.has(i)) {
			return i
		}
	}
	return s.cpus
}

// cpumaskAt is the set at an address, of a struct cpumask or bpf_cpumask, which begins with one.
func (c *CPU) cpumaskAt(addr uint64) (cpumask, error) {
	n := len(c.m.cpus)
	b, err := c.m.mem.read(addr, cpumaskBytes(n))
	return cpumask{b, n}, err
}

// cpumaskBytes is how long sets of so many CPUs are: whole words.
func cpumaskBytes(cpus int) uint32 { return uint32(cpus+63) / 64 * 8 }

// setAll makes a member of a kernel object a set of all CPUs.
func (k kstruct) setAll(member string) {
	if b := k.field(member); b != nil {
		s := cpumask{b, len(k.m.cpus)}
		for i := range min(s.cpus, len(b)*8) {
			s.set(i, true)
		}
	}
}

func init() {
	in := func(x, _ bool) bool { return x }
	out := func(x, _ bool) bool { return !x }
	registerKfuncs(map[string]implementation{
		"bpf_cpumask_create":     cpumaskCreate,
		"bpf_cpumask_first":      firstCPU(0, in),
		"bpf_cpumask_first_zero": firstCPU(0, out),
		"bpf_cpumask_first_and":  firstCPU(1, inBoth),
		"bpf_cpumask_empty":      anyCPU(0, in, false),
		"bpf_cpumask_full":       anyCPU(0, out, false),
		"bpf_cpumask_equal":      anyCPU(1, func(x, y bool) bool { return x != y }, false),
		"bpf_cpumask_subset":     anyCPU(1, func(x, y bool) bool { return x && !y }, false),
		"bpf_cpumask_intersects": anyCPU(1, inBoth, true),
		"bpf_cpumask_weight": onCPUs(0, func(_ *CPU, s, _ cpumask) (n uint64) {
			for i := range s.cpus {
				n += truth(s.has(i))
			}
			return n
		}),

		"bpf_cpumask_test_cpu":           onCPUOf(func(was bool) (bool, uint64) { return was, truth(was) }),
		"bpf_cpumask_set_cpu":            onCPUOf(func(bool) (bool, uint64) { return true, 0 }),
		"bpf_cpumask_clear_cpu":          onCPUOf(func(bool) (bool, uint64) { return false, 0 }),
		"bpf_cpumask_test_and_set_cpu":   onCPUOf(func(was bool) (bool, uint64) { return true, truth(was) }),
		"bpf_cpumask_test_and_clear_cpu": onCPUOf(func(was bool) (bool, uint64) { return false, truth(was) }),

		"bpf_cpumask_setall": fillCPUs(func(bool, bool) bool { return true }, 0, 0),
		"bpf_cpumask_clear":  fillCPUs(func(bool, bool) bool { return false }, 0, 0),
		"bpf_cpumask_copy":   fillCPUs(in, 1, 1),
		"bpf_cpumask_and":    fillCPUs(inBoth, 1, 2),
		"bpf_cpumask_or":     fillCPUs(func(x, y bool) bool { return x || y }, 1, 2),
		"bpf_cpumask_xor":    fillCPUs(func(x, y bool) bool { return x != y }, 1, 2),

		"bpf_cpumask_any_distribute":     onCPUs(0, (*CPU).spreadCPU),
		"bpf_cpumask_any_and_distribute": onCPUs(1, (*CPU).spreadCPU),
		"bpf_cpumask_populate":           cpumaskPopulate,
	})
}

func inBoth(x, y bool) bool { return x && y }

// onCPUs is about the set r1 and that in another register, which may be the same.
func onCPUs(other int, f func(c *CPU, x, y cpumask) uint64) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		x, err := c.cpumaskAt(a[0])
		if err != nil {
			return 0, err
		}
		y, err := c.cpumaskAt(a[other])
		if err != nil {
			return 0, err
		}
		return f(c, x, y), nil
	}
}

// firstCPU is the first CPU for which ok holds, by whether it is in r1 and in the other set.
func firstCPU(other int, ok func(x, y bool) bool) implementation {
	return onCPUs(other, func(_ *CPU, x, y cpumask) uint64 { return uint64(x.first(0, y, ok)) })
}

// anyCPU compares with want whether ok holds for any CPU.
func anyCPU(other int, ok func(x, y bool) bool, want bool) implementation {
	return onCPUs(other, func(_ *CPU, x, y cpumask) uint64 { return truth((x.first(0, y, ok) < x.cpus) == want) })
}

// cpumaskCreate gives the program an empty set.
func cpumaskCreate(c *CPU, _ *args) (uint64, error) {
	k, err := c.newObject("bpf_cpumask")
	return k.addr, err
}

// onCPUOf is about the CPU r1 of the set r2: f says whether it is in it afterwards, and what is returned. One
// that there is not is in no set.
func onCPUOf(f func(was bool) (is bool, ret uint64)) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		s, err := c.cpumaskAt(a[1])
		i := uint32(a[0])
		if err != nil || i >= uint32(s.cpus) {
			return 0, err
		}
		is, ret := f(s.has(int(i)))
		s.set(int(i), is)
		return ret, nil
	}
}

// fillCPUs makes r1 what f makes of the sets in two registers. It returns whether any CPU is in it.
func fillCPUs(f func(x, y bool) bool, x, y int) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		var sets [3]cpumask
		for _, r := range [...]int{0, x, y} {
			var err error
			if sets[r], err = c.cpumaskAt(a[r]); err != nil {
				return 0, err
			}
		}
		to, any := sets[0], false
		for i := range to.cpus {
			on := f(sets[x].has(i), sets[y].has(i))
			to.set(i, on)
			any = any || on
		}
		return truth(any), nil
	}
}

// spreadCPU gives a CPU that is in both sets: after the one that it gave last.
func (c *CPU) spreadCPU(x, y cpumask) uint64 {
	i := x.first(c.spread+1, y, inBoth)
	if i == x.cpus {
		i = x.first(0, y, inBoth)
	}
	if i < x.cpus {
		c.spread = i
	}
	return uint64(i)
}

// cpumaskPopulate copies a set from r3 bytes of memory at r2.
func cpumaskPopulate(c *CPU, a *args) (uint64, error) {
	n := cpumaskBytes(len(c.m.cpus))
	if uint32(a[2]) < n {
		return narrow(abi.EACCES), nil
	}
	to, err := c.cpumaskAt(a[0])
	if err != nil {
		return 0, err
	}
	from, err := c.m.mem.read(a[1], n)
	if err != nil {
		return 0, err
	}
	for i := range to.cpus {
		to.set(i, from[i/8]>>(i%8)&1 != 0)
	}
	return 0, nil
}
