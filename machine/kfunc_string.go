package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

// Kernel functions about strings read them byte by byte, from any address, and never more than this.
const maxString = 1 << 16 // XATTR_SIZE_MAX

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_strcmp":      onTwo(text.compare, false, 0),
		"bpf_strcasecmp":  onTwo(text.compare, true, 0),
		"bpf_strncasecmp": onTwo(text.compare, true, 2),
		"bpf_strstr":      onTwo(text.find, false, 0),
		"bpf_strnstr":     onTwo(text.find, false, 2),
		"bpf_strcasestr":  onTwo(text.find, true, 0),
		"bpf_strncasestr": onTwo(text.find, true, 2),
		"bpf_strlen":      onStrings(1, func(s []text, _ *args) int64 { return s[0].length(maxString) }),
		"bpf_strnlen":     onStrings(1, func(s []text, a *args) int64 { return s[0].length(a[1]) }),
		"bpf_strchr":      onStrings(1, func(s []text, a *args) int64 { return s[0].index(uint8(a[1]), maxString) }),
		"bpf_strnchr":     onStrings(1, func(s []text, a *args) int64 { return s[0].index(uint8(a[2]), a[1]) }),
		"bpf_strchrnul": onStrings(1, func(s []text, a *args) int64 {
			return s[0].until(maxString, func(b uint8) bool { return b == 0 || b == uint8(a[1]) })
		}),
		"bpf_strrchr": onStrings(1, func(s []text, a *args) int64 { return s[0].last(uint8(a[1])) }),
		"bpf_strspn":  onStrings(2, func(s []text, _ *args) int64 { return s[0].span(s[1], false) }),
		"bpf_strcspn": onStrings(2, func(s []text, _ *args) int64 { return s[0].span(s[1], true) }),
	})
}

// text is a string at an address, which may be no good one.
type text struct {
	m    *memory
	addr uint64
}

// onStrings gives f the strings that the first n registers point to. What f returns is a number, or an error's.
func onStrings(n int, f func(s []text, a *args) int64) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		var s []text
		for _, addr := range a[:n] {
			if upper(addr) < tag {
				return narrow(abi.ERANGE), nil // not an address of the kernel's
			}
			s = append(s, text{c.m.mem, addr})
		}
		return uint64(uint32(f(s, a))), nil
	}
}

// onTwo gives f two strings, and how many bytes count: as many as the argument says that is numbered so, all for 0.
func onTwo(f func(t, o text, lower bool, n uint64) int64, lower bool, count int) implementation {
	return onStrings(2, func(s []text, a *args) int64 {
		n := uint64(maxString)
		if count > 0 {
			n = a[count]
		}
		return f(s[0], s[1], lower, n)
	})
}

// at is the i-th byte; ok is false where nothing can be read.
func (t text) at(i uint64) (b uint8, ok bool) {
	v, err := t.m.load(t.addr+i, 1)
	return uint8(v), err == nil
}

// What functions of texts return as errors.
const (
	tooLong    = -int64(abi.E2BIG)
	unreadable = -int64(abi.EFAULT)
	notFound   = -int64(abi.ENOENT)
)

// until is where the first byte is for which ok holds, among the first n.
func (t text) until(n uint64, ok func(b uint8) bool) int64 {
	for i := range min(n, maxString) {
		b, readable := t.at(i)
		switch {
		case !readable:
			return unreadable
		case ok(b):
			return int64(i)
		}
	}
	return tooLong
}

func (t text) length(n uint64) int64 {
	end := t.until(n, func(b uint8) bool { return b == 0 })
	if end == tooLong && n < maxString {
		return int64(n)
	}
	return end
}

func (t text) index(b uint8, n uint64) int64 {
	at := t.until(n, func(have uint8) bool { return have == b || have == 0 })
	switch {
	case at == tooLong && n < maxString:
		return notFound
	case at < 0:
		return at
	}
	if have, _ := t.at(uint64(at)); have != b {
		return notFound
	}
	return at
}

func (t text) last(b uint8) int64 {
	last := notFound
	i := int64(-1)
	end := t.until(maxString, func(have uint8) bool {
		if i++; have == b {
			last = i
		}
		return have == 0
	})
	if end < 0 {
		return end
	}
	return last
}

// span is how long t consists of bytes that set has, or of others. How set ends matters only for a byte that it does not have.
func (t text) span(set text, others bool) int64 {
	var has [256]bool
	setEnd := set.until(maxString, func(b uint8) bool {
		has[b] = b != 0
		return b == 0
	})
	failed := false
	end := t.until(maxString, func(b uint8) bool {
		failed = b != 0 && !has[b] && setEnd < 0
		return b == 0 || failed || has[b] == others
	})
	if failed {
		return setEnd
	}
	return end
}

func lowered(b uint8, lower bool) uint8 {
	if lower && b >= 'A' && b <= 'Z' {
		return b | 0x20
	}
	return b
}

// compare is -1, 0 or 1 for the first n bytes.
func (t text) compare(o text, lower bool, n uint64) int64 {
	for i := range min(n, maxString) {
		x, ok := t.at(i)
		y, good := o.at(i)
		if !ok || !good {
			return unreadable
		}
		switch x, y = lowered(x, lower), lowered(y, lower); {
		case x < y:
			return -1
		case x > y:
			return 1
		case x == 0:
			return 0
		}
	}
	if n < maxString {
		return 0
	}
	return tooLong
}

// find is where another text begins in the first n bytes of t. How that ends matters only where all of it was found. What was
// compared is not compared again (Knuth, Morris, Pratt): a program may look for a long text in a long one.
func (t text) find(o text, lower bool, n uint64) int64 {
	var want []uint8
	end := o.until(maxString, func(b uint8) bool {
		want = append(want, lowered(b, lower))
		return b == 0
	})
	if end >= 0 {
		want = want[:end]
	}
	shorter := make([]int, len(want)+1) // by how much of want there is: how much of its beginning it ends in, less than all
	next := func(have int, b uint8) int {
		for have > 0 && want[have] != b {
			have = shorter[have]
		}
		if want[have] == b {
			have++
		}
		return have
	}
	for i := 1; i < len(want); i++ {
		shorter[i+1] = next(shorter[i], want[i])
	}
	have := 0
	for i := uint64(0); i-uint64(have) < maxString; i++ {
		switch {
		case have == len(want) && end < 0:
			return end
		case have == len(want):
			return int64(i) - end
		case i == n:
			return notFound
		}
		b, ok := t.at(i)
		switch {
		case !ok:
			return unreadable
		case b == 0:
			return notFound
		}
		have = next(have, lowered(b, lower))
	}
	return tooLong
}
