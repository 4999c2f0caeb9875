package object

import (
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// setKconfig fills the .kconfig map from the model's options. Options that are
// not set stay zero where they are weak.
func (l *linker) setKconfig() error {
	for i, e := range l.obj.externs {
		k := e.kcfg
		if k == nil {
			continue
		}
		val, ok := l.model.Kconfig(e.name)
		if !strings.HasPrefix(e.name, "CONFIG_") {
			if !ok && (!strings.HasPrefix(e.name, "LINUX_") || !e.weak) {
				return fail(abi.EINVAL, "extern (kcfg) '%s': unrecognized virtual extern", e.name)
			}
			n, _ := strconv.ParseUint(val, 0, 64)
			if err := setNumber(e, l.kconfig[k.offset:], n); err != nil {
				return err
			}
			l.syms[i].set = true
			continue
		}
		if !ok {
			continue
		}
		if err := setOption(e, l.kconfig[k.offset:k.offset+k.size], val); err != nil {
			return err
		}
		l.syms[i].set = true
	}
	return nil
}

// setOption writes an option's value as spelled in a kernel's .config.
func setOption(e *extern, dst []byte, val string) error {
	switch {
	case val == "":
		return fail(abi.EINVAL, "failed to parse '%s': no value", e.name)
	case val[0] == 'y', val[0] == 'm', val[0] == 'n':
		return setTristate(e, dst, val[0])
	case val[0] == '"':
		return setString(e, dst, val)
	}
	n, err := strconv.ParseUint(val, 0, 64)
	if err != nil {
		return fail(abi.EINVAL, "extern (kcfg) '%s': value '%s' isn't a valid integer", e.name, val)
	}
	if e.kcfg.kind != kconfigInt && e.kcfg.kind != kconfigChar {
		return fail(abi.EINVAL, "extern (kcfg) '%s': value '%s' implies integer type", e.name, val)
	}
	return setNumber(e, dst, n)
}

func setTristate(e *extern, dst []byte, val byte) error {
	switch e.kcfg.kind {
	case kconfigBool:
		if val == 'm' {
			return fail(abi.EINVAL, "extern (kcfg) '%s': value '%c' implies tristate or char type", e.name, val)
		}
		dst[0] = byte(b2u(val == 'y'))
	case kconfigTristate:
		if len(dst) < 4 {
			return fail(abi.EINVAL, "extern (kcfg) '%s': type is unsupported", e.name)
		}
		le.PutUint32(dst, map[byte]uint32{'n': 0, 'y': 1, 'm': 2}[val])
	case kconfigChar:
		dst[0] = val
	default:
		return fail(abi.EINVAL, "extern (kcfg) '%s': value '%c' implies bool, tristate, or char type", e.name, val)
	}
	return nil
}

func setString(e *extern, dst []byte, val string) error {
	if e.kcfg.kind != kconfigCharArr {
		return fail(abi.EINVAL, "extern (kcfg) '%s': value '%s' implies char array type", e.name, val)
	}
	if len(val) < 2 || val[len(val)-1] != '"' {
		return fail(abi.EINVAL, "extern (kcfg) '%s': invalid string config '%s'", e.name, val)
	}
	n := copy(dst[:len(dst)-1], val[1:len(val)-1])
	dst[n] = 0
	return nil
}

func setNumber(e *extern, dst []byte, n uint64) error {
	k := e.kcfg
	if k.kind != kconfigInt && k.kind != kconfigChar && k.kind != kconfigBool {
		return fail(abi.EINVAL, "extern (kcfg) '%s': value '%d' implies integer, char, or boolean type", e.name, n)
	}
	if k.kind == kconfigBool && n > 1 {
		return fail(abi.EINVAL, "extern (kcfg) '%s': value '%d' isn't boolean compatible", e.name, n)
	}
	bits := k.size * 8
	if bits < 64 {
		fits := n>>bits == 0
		if k.signed {
			fits = n+1<<(bits-1) < 1<<bits
		}
		if !fits {
			return fail(abi.ERANGE, "extern (kcfg) '%s': value '%d' doesn't fit in %d bytes", e.name, n, k.size)
		}
	}
	for i := range k.size {
		dst[i] = byte(n >> (8 * i))
	}
	return nil
}
