// Package scalar is the verifier's abstract domain of 64-bit numbers: known bits
// (tnum) and signed and unsigned ranges at 64 and 32 bits, each refining the others.
// Rules are how a kernel computes with them.
//
// Everything here is a pure function of its operands and allocates nothing. Results
// are those of the kernel, bit for bit: where a sharper answer was possible, the
// kernel's is given, because what the kernel can't see decides what it refuses.
package scalar

import "math"

// Scalar is a set of 64-bit values: those that agree with Var's known bits and
// lie in all four ranges (bounds inclusive; the 32-bit ones are of the lower half).
// An unsigned range may go past the largest number and on from 0, if the signed one of its
// width is of all numbers: readers ask UMin and its like, which say that it is of all, too.
type Scalar struct {
	Var            Tnum
	Smin, Smax     int64
	Umin, Umax     uint64
	S32Min, S32Max int32
	U32Min, U32Max uint32
}

// Tnum is a number of which some bits are known: bits set in Mask are unknown,
// the others are as in Value. Value and Mask share no bit.
type Tnum struct{ Value, Mask uint64 }

var unknown = Scalar{
	Var:  Tnum{Mask: math.MaxUint64},
	Smin: math.MinInt64, Smax: math.MaxInt64,
	Umax:   math.MaxUint64,
	S32Min: math.MinInt32, S32Max: math.MaxInt32,
	U32Max: math.MaxUint32,
}

// Unknown is the set of all values.
func Unknown() Scalar { return unknown }

// Const is the set of one value.
func Const(val uint64) Scalar {
	return Scalar{
		Var:  Tnum{Value: val},
		Smin: int64(val), Smax: int64(val),
		Umin: val, Umax: val,
		S32Min: int32(val), S32Max: int32(val),
		U32Min: uint32(val), U32Max: uint32(val),
	}
}

// exactly reports that s is Const(val).
func (s *Scalar) exactly(val uint64) bool {
	return s.Var.Mask == 0 && s.Var.Value == val &&
		s.Umin == val && s.Umax == val && s.Smin == int64(val) && s.Smax == int64(val) &&
		s.U32Min == uint32(val) && s.U32Max == uint32(val) && s.S32Min == int32(val) && s.S32Max == int32(val)
}

// SetConst makes s the set of one value.
func (s *Scalar) SetConst(val uint64) { *s = Const(val) }

// SetConst32 makes the lower half of s one value and leaves the 64-bit ranges alone.
func (s *Scalar) SetConst32(val uint32) {
	s.Var = s.Var.WithSubreg(Tnum{Value: uint64(val)})
	s.S32Min, s.S32Max = int32(val), int32(val)
	s.U32Min, s.U32Max = val, val
}

// SetRange narrows all four ranges to lo..hi, numbers that are not negative in 32 bits.
func (s *Scalar) SetRange(lo, hi uint64) {
	s.Umin, s.U32Min, s.Smin, s.S32Min = lo, uint32(lo), int64(lo), int32(lo)
	s.Umax, s.U32Max, s.Smax, s.S32Max = hi, uint32(hi), int64(hi), int32(hi)
}

// Unbound forgets all four ranges and keeps the known bits.
func (s *Scalar) Unbound() {
	s.unbound64()
	s.Unbound32()
}

func (s *Scalar) unbound64() {
	s.Smin, s.Smax = math.MinInt64, math.MaxInt64
	s.Umin, s.Umax = 0, math.MaxUint64
}

// Unbound32 forgets the 32-bit ranges.
func (s *Scalar) Unbound32() {
	s.S32Min, s.S32Max = math.MinInt32, math.MaxInt32
	s.U32Min, s.U32Max = 0, math.MaxUint32
}

// IsConst reports that the known bits leave one value.
func (s *Scalar) IsConst() bool { return s.Var.Mask == 0 }

// IsConstAt is IsConst, of the lower half if is32.
func (s *Scalar) IsConstAt(is32 bool) bool {
	if is32 {
		return s.Var.IsSubregConst()
	}
	return s.Var.Mask == 0
}

// ConstAt is the value of a constant, zero-extended from the lower half if is32.
func (s *Scalar) ConstAt(is32 bool) uint64 {
	if is32 {
		return s.Var.Value & math.MaxUint32
	}
	return s.Var.Value
}

// Contains reports whether val is in the set.
func (s *Scalar) Contains(val uint64) bool {
	return s.Var.Contains(val) &&
		within(val, s.Umin, s.Umax) && s.Smin <= int64(val) && int64(val) <= s.Smax &&
		within(uint32(val), s.U32Min, s.U32Max) && s.S32Min <= int32(val) && int32(val) <= s.S32Max
}

// within reports a number in a range, which may go past the largest.
func within[U unsigned](n, lo, hi U) bool { return n-lo <= hi-lo }

// Empty reports whether one of the ranges has nothing in it.
func (s *Scalar) Empty() bool {
	return s.Empty64() || s.S32Min > s.S32Max || s.U32Min > s.U32Max && !s.around32()
}

// Empty64 is Empty of the 64-bit ranges.
func (s *Scalar) Empty64() bool { return s.Smin > s.Smax || s.Umin > s.Umax && !s.around64() }

// around64 reports that the unsigned range goes past the largest number. There is a gap, or it would be of all numbers.
func (s *Scalar) around64() bool {
	return s.Umin > s.Umax && s.Umin-s.Umax > 1 && s.Smin == math.MinInt64 && s.Smax == math.MaxInt64
}

// around32 is around64 of the lower half.
func (s *Scalar) around32() bool {
	return s.U32Min > s.U32Max && s.U32Min-s.U32Max > 1 && s.S32Min == math.MinInt32 && s.S32Max == math.MaxInt32
}

// UMin is the least value, read as unsigned.
func (s *Scalar) UMin() uint64 {
	if s.around64() {
		return 0
	}
	return s.Umin
}

// UMax is the largest value.
func (s *Scalar) UMax() uint64 {
	if s.around64() {
		return math.MaxUint64
	}
	return s.Umax
}

// UMin32 is the least lower half.
func (s *Scalar) UMin32() uint32 {
	if s.around32() {
		return 0
	}
	return s.U32Min
}

// UMax32 is the largest lower half.
func (s *Scalar) UMax32() uint32 {
	if s.around32() {
		return math.MaxUint32
	}
	return s.U32Max
}

// Includes reports that every value of o is one of s, as far as the kernel sees.
func (s *Scalar) Includes(o *Scalar) bool {
	return s.includes64(o) && s.includes32(o) && o.Var.Within(s.Var)
}

func (s *Scalar) includes64(o *Scalar) bool {
	if s.around64() {
		return s.arc64().covers(o.arc64())
	}
	return s.Umin <= o.UMin() && o.UMax() <= s.Umax && s.Smin <= o.Smin && o.Smax <= s.Smax
}

func (s *Scalar) includes32(o *Scalar) bool {
	if s.around32() {
		return s.arc32().covers(o.arc32())
	}
	return s.U32Min <= o.UMin32() && o.UMax32() <= s.U32Max && s.S32Min <= o.S32Min && o.S32Max <= s.S32Max
}

// Violation says in the kernel's words what makes the parts of s contradict each
// other, "" if nothing does.
func (s *Scalar) Violation() string {
	if s.Empty() {
		return "range bounds violation"
	}
	if v := s.Var.Value; s.Var.Mask == 0 &&
		(s.Umin != v || s.Umax != v || s.Smin != int64(v) || s.Smax != int64(v)) {
		return "const tnum out of sync with range bounds"
	}
	if v := uint32(s.Var.Value); uint32(s.Var.Mask) == 0 &&
		(s.U32Min != v || s.U32Max != v || s.S32Min != int32(v) || s.S32Max != int32(v)) {
		return "const subreg tnum out of sync with range bounds"
	}
	return ""
}
