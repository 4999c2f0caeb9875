// Package scalar is the verifier's abstract domain of 64-bit numbers: known bits
// (tnum) and signed and unsigned ranges at 64 and 32 bits, each refining the others.
//
// Everything here is a pure function of its operands and allocates nothing. Results
// are those of Linux 6.18, bit for bit: where a sharper answer was possible, the
// kernel's is given, because what the kernel can't see decides what it refuses.
package scalar

import "math"

// Scalar is a set of 64-bit values: those that agree with Var's known bits and
// lie in all four ranges (bounds inclusive; the 32-bit ones are of the lower half).
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
		s.Umin <= val && val <= s.Umax && s.Smin <= int64(val) && int64(val) <= s.Smax &&
		s.U32Min <= uint32(val) && uint32(val) <= s.U32Max &&
		s.S32Min <= int32(val) && int32(val) <= s.S32Max
}

// Empty reports whether one of the ranges has nothing in it.
func (s *Scalar) Empty() bool {
	return s.Umin > s.Umax || s.Smin > s.Smax || s.U32Min > s.U32Max || s.S32Min > s.S32Max
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
