package scalar

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Divisor reports whether a division or remainder by src can be told from its operands: by a constant.
func Divisor(is32 bool, src *Scalar) bool {
	if is32 {
		return src.Var.IsSubregConst() && src.S32Min == src.S32Max && src.U32Min == src.U32Max
	}
	return src.Var.IsConst() && src.Smin == src.Smax && src.Umin == src.Umax
}

func (s *Scalar) divide(op uint8, signed, is32 bool, by *Scalar) {
	o := *by
	switch zero := is32 && o.U32Min == 0 || !is32 && o.Umin == 0; {
	case zero && op == insn.DIV: // defined as 0
		*s = Const(0)
	case zero: // defined as the dividend
	case is32 && signed:
		lo, hi, same := divideSigned(op, s.S32Min, s.S32Max, o.S32Min, math.MinInt32)
		if !same {
			*s = unknown
			s.S32Min, s.S32Max = lo, hi
		}
	case is32:
		lo, hi, same := divideUnsigned(op, s.UMin32(), s.UMax32(), o.U32Min)
		if !same {
			*s = unknown
			s.U32Min, s.U32Max = lo, hi
		}
	case signed:
		lo, hi, same := divideSigned(op, s.Smin, s.Smax, o.Smin, math.MinInt64)
		if !same {
			*s = unknown
			s.Smin, s.Smax = lo, hi
		}
	default:
		lo, hi, same := divideUnsigned(op, s.UMin(), s.UMax(), o.Umin)
		if !same {
			*s = unknown
			s.Umin, s.Umax = lo, hi
		}
	}
}

// divideUnsigned is the range of a quotient or remainder; same says that the dividend is the remainder.
func divideUnsigned[U unsigned](op uint8, lo, hi, by U) (U, U, bool) {
	switch {
	case op == insn.DIV:
		return lo / by, hi / by, false
	case hi < by:
		return lo, hi, true
	}
	return 0, by - 1, false
}

// divideSigned is divideUnsigned for signed numbers, of which least is the smallest.
func divideSigned[S signed](op uint8, lo, hi, by, least S) (S, S, bool) {
	if op == insn.DIV {
		switch {
		case lo != least || by != -1:
			a, b := lo/by, hi/by
			return min(a, b), max(a, b), false
		case hi == least: // defined as itself
			return least, least, false
		}
		return least, ^least, false
	}
	most := by - 1 // the remainder's largest magnitude
	if by < 0 {
		most = -(by + 1)
	}
	switch {
	case lo >= -most && hi <= most:
		return lo, hi, true
	case lo >= 0: // it has the dividend's sign
		return 0, min(hi, most), false
	case hi <= 0:
		return max(lo, -most), 0, false
	}
	return -most, most, false
}
