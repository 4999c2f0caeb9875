package machine

import (
	"bytes"
	"math"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerHelpers(map[string]implementation{
		"trace_printk":  tracePrintk,
		"trace_vprintk": traceVprintk,
		"snprintf":      snprintf,
		"strncmp":       strncmp,
		"strtol":        strtol,
		"strtoul":       strtoul,
	})
}

// printLine adds a line to the run's output and returns its length.
func (c *CPU) printLine(format []byte, values []uint64) (uint64, error) {
	s, e, err := c.format(cstring(format), values)
	if err != nil || e != 0 {
		return failure(e), err
	}
	c.m.printk = append(c.m.printk, strings.TrimSuffix(s, "\n"))
	return uint64(len(s)), nil
}

func tracePrintk(c *CPU, a *args) (uint64, error) {
	f, err := c.m.mem.read(a[0], uint32(a[1]))
	if err != nil {
		return 0, err
	}
	return c.printLine(f, a[2:])
}

// values reads the arguments of a format, 8 bytes each.
func (c *CPU) values(addr uint64, size uint32) ([]uint64, error) {
	b, err := c.m.mem.read(addr, size&^7)
	if err != nil {
		return nil, err
	}
	var v []uint64
	for ; len(b) > 0; b = b[8:] {
		v = append(v, number(b[:8]))
	}
	return v, nil
}

func traceVprintk(c *CPU, a *args) (uint64, error) {
	f, err := c.m.mem.read(a[0], uint32(a[1]))
	if err != nil {
		return 0, err
	}
	v, err := c.values(a[2], uint32(a[3]))
	if err != nil {
		return 0, err
	}
	return c.printLine(f, v)
}

// snprintf writes to r1, of r2 bytes, by the format r3 what r4, of r5 bytes, has. It returns the length of the whole.
func snprintf(c *CPU, a *args) (uint64, error) {
	const most = 1 << 12
	if a[4]%8 != 0 || a[4] > 12*8 {
		return failure(abi.EINVAL), nil
	}
	f, ok := c.m.mem.text(a[2], most)
	if !ok {
		return failure(abi.EFAULT), nil
	}
	v, err := c.values(a[3], uint32(a[4]))
	if err != nil {
		return 0, err
	}
	s, e, err := c.format(f, v)
	if err != nil || e != 0 {
		return failure(e), err
	}
	to, err := c.m.mem.write(a[0], uint32(a[1]))
	if err != nil {
		return 0, err
	}
	if len(to) > 0 {
		n := copy(to[:len(to)-1], s)
		to[n] = 0
	}
	return uint64(len(s)) + 1, nil
}

func strncmp(c *CPU, a *args) (uint64, error) {
	n := uint32(a[1])
	x, err := c.m.mem.read(a[0], n)
	if err != nil {
		return 0, err
	}
	y, ok := c.m.mem.text(a[2], n)
	if !ok {
		return 0, &Fault{Kind: BadAccess, Addr: a[2], Size: n, Reason: "no string"}
	}
	x = cstring(x)
	for i := range max(len(x), len(y)) {
		var p, q byte
		if i < len(x) {
			p = x[i]
		}
		if i < len(y) {
			q = y[i]
		}
		if p != q {
			return uint64(int64(p) - int64(q)), nil
		}
	}
	return 0, nil
}

// parseNumber reads a number at the start of text, as strtol does for flags 0, 8, 10 and 16. It returns how many bytes it has.
func parseNumber(text []byte, base uint64) (val uint64, negative bool, length int, e abi.Errno) {
	rest := bytes.TrimLeft(text, " \t\n\v\f\r")
	if negative = bytes.HasPrefix(rest, []byte("-")); negative {
		rest = rest[1:]
	}
	hex := len(rest) > 2 && rest[0] == '0' && rest[1]|0x20 == 'x' && digit(rest[2]) < 16
	switch {
	case base == 0 && hex:
		base = 16
	case base == 0 && len(rest) > 0 && rest[0] == '0':
		base = 8
	case base == 0:
		base = 10
	}
	if base == 16 && hex {
		rest = rest[2:]
	}
	digits := 0
	for ; digits < len(rest) && digit(rest[digits]) < base; digits++ {
		d := digit(rest[digits])
		if val > (math.MaxUint64-d)/base {
			e = abi.ERANGE
		}
		val = val*base + d
	}
	if digits == 0 {
		return 0, false, 0, abi.EINVAL
	}
	return val, negative, len(text) - len(rest) + digits, e
}

// digit is what a byte stands for; more than any base if it is none.
func digit(b byte) uint64 {
	switch {
	case b >= '0' && b <= '9':
		return uint64(b - '0')
	case b|0x20 >= 'a' && b|0x20 <= 'z':
		return uint64(b|0x20-'a') + 10
	}
	return math.MaxUint64
}

// parse is what strtol and strtoul share: it reads the text r1 of r2 bytes by the base r3 into r4.
func (c *CPU) parse(a *args, fits func(val uint64, negative bool) (uint64, abi.Errno)) (uint64, error) {
	text, err := c.m.mem.read(a[0], uint32(a[1]))
	if err != nil {
		return 0, err
	}
	base := a[2]
	if base != 0 && base != 8 && base != 10 && base != 16 {
		return failure(abi.EINVAL), nil
	}
	val, negative, n, e := parseNumber(text, base)
	if e == 0 {
		val, e = fits(val, negative)
	}
	if e != 0 {
		return failure(e), nil
	}
	return uint64(n), c.m.mem.store(a[3], 8, val)
}

func strtol(c *CPU, a *args) (uint64, error) {
	return c.parse(a, func(val uint64, negative bool) (uint64, abi.Errno) {
		switch {
		case negative && val <= 1<<63:
			return -val, 0
		case !negative && val < 1<<63:
			return val, 0
		}
		return 0, abi.ERANGE
	})
}

func strtoul(c *CPU, a *args) (uint64, error) {
	return c.parse(a, func(val uint64, negative bool) (uint64, abi.Errno) {
		if negative {
			return 0, abi.EINVAL
		}
		return val, 0
	})
}
