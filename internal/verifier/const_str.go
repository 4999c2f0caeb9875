package verifier

import (
	"bytes"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// takeConstStr verifies a constant string argument: it ends within a map value
// that nobody can change any more (check_reg_const_str).
func (c *call) takeConstStr(a arg) error {
	v, r, regno := c.v, a.r, a.regno
	if r.Type != abi.PTR_TO_MAP_VALUE {
		return vlog.Fail(abi.EINVAL)
	}
	m := v.mapOf(r)
	switch {
	case m.Type == abi.MAP_TYPE_INSN_ARRAY:
		return v.Reject(abi.EACCES, "R%d points to insn_array map which cannot be used as const string", regno)
	case m.Type == abi.MAP_TYPE_PERCPU_ARRAY && v.k.Has(kmodel.PercpuData):
		return v.Reject(abi.EACCES, "R%d points to percpu_array map which cannot be used as const string", regno)
	}
	if !m.Frozen {
		return v.Reject(abi.EACCES, "R%d does not point to a readonly map'", regno)
	}
	if !r.Var.IsConst() {
		return v.Reject(abi.EACCES, "R%d is not a constant address'", regno)
	}
	if m.Type != abi.MAP_TYPE_ARRAY {
		return v.Reject(abi.EACCES, "no direct value access support for this map type")
	}
	off := int(r.Off)
	if v.k.Has(kmodel.VarOffOffsets) {
		off = int(r.Var.Value)
	}
	whole := v.newAccess(regno, int(r.Off), int(m.ValueSize)-off, readAccess)
	if err := whole.checkMapValue(m, false); err != nil {
		return err
	}
	if m.MaxEntries != 1 {
		return v.Reject(abi.ENOTSUPP, "direct value access on string failed")
	}
	if _, ok := constString(m, r); !ok {
		return v.Reject(abi.EINVAL, "string is not zero-terminated")
	}
	return nil
}

// constString returns the string at r in a frozen map, without its end; false where it doesn't end.
func constString(m *object.Map, r *state.Reg) ([]byte, bool) {
	off, _ := r.FixedOff()
	if off < 0 || off >= int(m.ValueSize) {
		return nil, false
	}
	if off >= len(m.Data) {
		return nil, true // the rest of the value is zero
	}
	data := m.Data[off:]
	if end := bytes.IndexByte(data, 0); end >= 0 {
		return data[:end], true
	}
	return data, len(m.Data) < int(m.ValueSize)
}

// checkSnprintf verifies the format of bpf_snprintf against the number of its values (check_bpf_snprintf_call).
func (c *call) checkSnprintf() error {
	v := c.v
	regs := v.regs()
	length := regs[insn.R5].Var.Value
	if length%8 != 0 {
		return vlog.Fail(abi.EINVAL)
	}
	format, _ := constString(v.mapOf(&regs[insn.R3]), &regs[insn.R3])
	if !validFormat(format, int(uint32(length/8))) {
		return v.Reject(abi.EINVAL, "Invalid format string")
	}
	return nil
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func isPrint(c byte) bool { return c >= ' ' && c <= '~' }
func isPunct(c byte) bool {
	return isPrint(c) && !(c == ' ' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')
}

// validFormat reports whether the format is one that bpf_snprintf and its kin take, with
// at most values conversions (bpf_bprintf_prepare).
func validFormat(format []byte, values int) bool {
	at := func(i int) byte {
		if i < len(format) {
			return format[i]
		}
		return 0
	}
	ends := func(c byte) bool { return c == 0 || isSpace(c) || isPunct(c) }
	used := 0
	for i := 0; i < len(format); i++ {
		if c := format[i]; !isPrint(c) && !isSpace(c) {
			return false
		}
		if format[i] != '%' {
			continue
		}
		if at(i+1) == '%' {
			i++
			continue
		}
		if used >= values {
			return false
		}
		used++
		for i++; at(i) == '0' || at(i) == '+' || at(i) == '-' || at(i) == ' '; i++ {
		}
		if at(i) >= '1' && at(i) <= '9' {
			for i++; at(i) >= '0' && at(i) <= '9'; i++ {
			}
		}
		switch at(i) {
		case 'p':
			next := at(i + 1)
			switch {
			case ends(next):
			case (next == 'k' || next == 'u') && at(i+2) == 's':
				i += 2
				if !ends(at(i + 1)) {
					return false
				}
			case next == 'K', next == 'x', next == 's', next == 'S', next == 'B':
				i++
			case (next == 'i' || next == 'I') && (at(i+2) == '4' || at(i+2) == '6'):
				i += 2
			default:
				return false
			}
			continue
		case 's':
			if !ends(at(i + 1)) {
				return false
			}
			continue
		case 'c':
			continue
		}
		for n := 0; n < 2 && at(i) == 'l'; n++ {
			i++
		}
		switch at(i) {
		case 'i', 'd', 'u', 'x', 'X':
		default:
			return false
		}
	}
	return true
}
