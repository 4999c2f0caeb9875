package machine

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// format writes arguments as the kernel's bpf_printk does. It knows what bpf_bprintf_prepare does: integers, %c, %s,
// %p and its variants. A format that the kernel refuses gives EINVAL.
func (c *CPU) format(format []byte, values []uint64) (string, abi.Errno, error) {
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			out.WriteByte(format[i])
			continue
		}
		if i++; i < len(format) && format[i] == '%' {
			out.WriteByte('%')
			continue
		}
		start := i
		for i < len(format) && strings.IndexByte("0+-# 123456789", format[i]) >= 0 {
			i++
		}
		flags := string(format[start:i])
		longs := 0
		for i < len(format) && format[i] == 'l' {
			i++
			longs++
		}
		if i >= len(format) || longs > 2 || len(values) == 0 {
			return "", abi.EINVAL, nil
		}
		v := values[0]
		values = values[1:]
		switch verb := format[i]; verb {
		case 'd', 'i':
			if longs == 0 {
				v = uint64(int64(int32(v)))
			}
			fmt.Fprintf(&out, "%"+flags+"d", int64(v))
		case 'u', 'x', 'X':
			if longs == 0 {
				v = uint64(uint32(v))
			}
			if verb == 'u' {
				verb = 'd'
			}
			fmt.Fprintf(&out, "%"+flags+string(verb), v)
		case 'c':
			out.WriteByte(byte(v))
		case 's':
			const most = 512
			s, ok := c.m.mem.text(v, most)
			if !ok {
				s = nil // the kernel shows what could be copied: nothing
			}
			fmt.Fprintf(&out, "%"+flags+"s", s)
		case 'p':
			n, err := c.formatPointer(&out, format[i+1:], v)
			if err != nil {
				return "", 0, err
			}
			i += n
		default:
			return "", abi.EINVAL, nil
		}
	}
	return out.String(), 0, nil
}

// formatPointer writes what %p with a suffix means and returns how long the suffix is.
func (c *CPU) formatPointer(out *strings.Builder, suffix []byte, v uint64) (int, error) {
	switch {
	case len(suffix) == 0 || suffix[0] == ' ' || suffix[0] == 0 || suffix[0] == '\n' || strings.IndexByte(",.;:)]", suffix[0]) >= 0:
		fmt.Fprintf(out, "%016x", v)
		return 0, nil
	case suffix[0] == 'x' || suffix[0] == 'K':
		out.WriteString(strconv.FormatUint(v, 16))
		return 1, nil
	case len(suffix) >= 2 && (suffix[0] == 'i' || suffix[0] == 'I') && suffix[1] == '4':
		b, err := c.m.mem.read(v, 4)
		if err != nil {
			return 0, err
		}
		verb := "%d.%d.%d.%d"
		if suffix[0] == 'i' {
			verb = "%03d.%03d.%03d.%03d"
		}
		fmt.Fprintf(out, verb, b[0], b[1], b[2], b[3])
		return 2, nil
	}
	return 0, unsupported("%%p%c in a format", suffix[0])
}
