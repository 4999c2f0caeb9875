package scalar

import (
	"math"
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// The rules of kernels before 6.8, which learn less from less. Some of them stayed longer.

// syncOnce is Sync of older kernels: one round, in which only the sign is learnt from another range of the same width.
func (s *Scalar) syncOnce(by Rules) {
	s.rangesFromBits()
	s.U32Min, s.U32Max, s.S32Min, s.S32Max = agreeOnSign(s.U32Min, s.U32Max, s.S32Min, s.S32Max)
	s.Umin, s.Umax, s.Smin, s.Smax = agreeOnSign(s.Umin, s.Umax, s.Smin, s.Smax)
	each := s.bitsFromEachRange()
	if s.bitsFromBounds(); s.Var != each && by.lacks(LowerBits) {
		s.Var = each
	}
	s.rangesFromBits()
}

// bitsFromEachRange is what bitsFromBounds would learn if the lower half learnt from its own range alone.
func (s *Scalar) bitsFromEachRange() Tnum {
	low := s.Var.Subreg().Intersect(TnumRange(uint64(s.U32Min), uint64(s.U32Max)))
	return s.Var.Intersect(TnumRange(s.Umin, s.Umax)).WithSubreg(low)
}

// agreeOnSign makes the signed and unsigned range of one width one range where the sign is known of all values.
func agreeOnSign[U uint32 | uint64, S int32 | int64](umin, umax U, smin, smax S) (U, U, S, S) {
	switch {
	case smin >= 0 || smax < 0:
		umin, umax = max(U(smin), umin), min(U(smax), umax)
		smin, smax = S(umin), S(umax)
	case S(umax) >= 0:
		smin, umax = S(umin), min(U(smax), umax)
		smax = S(umax)
	case S(umin) < 0:
		umin = max(U(smin), umin)
		smin, smax = S(umin), S(umax)
	}
	return umin, umax, smin, smax
}

// olderTruncate is Truncate, which leaves the parts of a 32-bit result as they are.
func (s *Scalar) olderTruncate(by Rules, size int) {
	s.truncateWhole(size)
	if size < 4 {
		s.lowerFromWhole(by)
	}
}

// lowerFromWhole takes the 32-bit ranges from the 64-bit ones where these fit.
func (s *Scalar) lowerFromWhole(by Rules) {
	s.Unbound32()
	fits := func(n int64) bool { return n == int64(int32(n)) }
	if fits(s.Smin) && fits(s.Smax) { // each on its own: where they contradict each other, one is beyond the other's end
		s.S32Min, s.S32Max = int32(s.Smin), int32(s.Smax)
	}
	if s.Umin <= math.MaxUint32 && s.Umax <= math.MaxUint32 {
		s.U32Min, s.U32Max = uint32(s.Umin), uint32(s.Umax)
	}
	s.syncOnce(by)
}

// olderZeroExtend is ZeroExtend32 where a range whose ends contradict each other goes around nothing.
func (s *Scalar) olderZeroExtend() { s.zeroExtend(s.U32Min, s.U32Max) }

// wholeFromLower takes the 64-bit ranges from the 32-bit ones if the upper half is zero, else from the bits alone.
func (s *Scalar) wholeFromLower(by Rules) {
	if s.Var.Value>>32 == 0 && s.Var.Mask>>32 == 0 {
		s.olderZeroExtend()
	} else {
		s.unbound64()
	}
	s.syncOnce(by)
}

// sound reports that a number does not contradict itself, as those of a path do that can't be; known, that it is one number.
func (s *Scalar) sound(is32 bool) (known, sound bool) {
	known = s.IsConstAt(is32)
	if is32 {
		return known, !(known && (s.S32Min != s.S32Max || s.U32Min != s.U32Max) || s.S32Min > s.S32Max || s.U32Min > s.U32Max)
	}
	return known, !(known && (s.Smin != s.Smax || s.Umin != s.Umax) || s.Smin > s.Smax || s.Umin > s.Umax)
}

// olderComputable is Computable: only sums, differences and masks can be told of a number that is not known.
func olderComputable(op uint8, is32 bool, src *Scalar) bool {
	known, sound := src.sound(is32)
	if !sound {
		return false
	}
	switch op {
	case insn.ADD, insn.SUB, insn.AND:
		return true
	case insn.MUL, insn.OR, insn.XOR:
		return known
	case insn.LSH, insn.RSH, insn.ARSH:
		return known && (src.Umax < 32 || !is32 && src.Umax < 64)
	}
	return false
}

// olderALU is ALU.
func (s *Scalar) olderALU(by Rules, op uint8, is32 bool, o *Scalar) {
	switch op {
	case insn.ADD:
		s.add(by, o)
	case insn.SUB:
		s.sub(by, o)
	case insn.MUL:
		product := s.Var.olderMul(o.Var)
		if first := s.Var.firstMul(o.Var); first != product && by.lacks(ProductSums) {
			product = first
		}
		s.Var = product
		s.mulPositive(o)
	case insn.AND, insn.OR, insn.XOR:
		s.olderBitwise(op, o)
	default:
		s.shift(op, is32, o)
	}
	if is32 {
		s.olderZeroExtend()
	}
	s.syncOnce(by)
}

// mulPositive takes the ranges of a product of small numbers that are not negative.
func (s *Scalar) mulPositive(o *Scalar) {
	s.U32Min, s.U32Max, s.S32Min, s.S32Max = productUpTo(math.MaxUint16, s.U32Min, s.U32Max, s.S32Min, o.U32Min, o.U32Max, o.S32Min)
	s.Umin, s.Umax, s.Smin, s.Smax = productUpTo(math.MaxUint32, s.Umin, s.Umax, s.Smin, o.Umin, o.Umax, o.Smin)
}

// productUpTo multiplies ranges of small numbers that are not negative, none above most.
func productUpTo[U unsigned, S signed](most, amin, amax U, asmin S, bmin, bmax U, bsmin S) (umin, umax U, smin, smax S) {
	smin, smax = signedAll[S]()
	if asmin < 0 || bsmin < 0 || amax > most || bmax > most {
		return 0, ^U(0), smin, smax
	}
	umin, umax = amin*bmin, amax*bmax
	if S(umax) >= 0 {
		smin, smax = S(umin), S(umax)
	}
	return umin, umax, smin, smax
}

// olderMul is the product of known bits: what is known of each partial sum.
func (a Tnum) olderMul(b Tnum) Tnum {
	known, rest := a.Value*b.Value, Tnum{}
	for a.Value|a.Mask != 0 {
		switch {
		case a.Value&1 != 0:
			rest = rest.Add(Tnum{Mask: b.Mask})
		case a.Mask&1 != 0:
			rest = rest.Add(Tnum{Mask: b.Max()})
		}
		a, b = a.Rsh(1), b.Lsh(1)
	}
	return Tnum{Value: known}.Add(rest)
}

// firstMul is the product of known bits as it was told first: what is unknown of each number times all that the other may be.
func (a Tnum) firstMul(b Tnum) Tnum {
	return Tnum{Value: a.Value * b.Value}.addShifted(a.Mask, b.Max()).addShifted(b.Mask, a.Value)
}

// addShifted adds unknown bits for each bit of by, shifted to there.
func (a Tnum) addShifted(mask, by uint64) Tnum {
	for ; by != 0; by &= by - 1 {
		a = a.Add(Tnum{Mask: mask << bits.TrailingZeros64(by)})
	}
	return a
}

// olderBitwise is the bitwise operations: what is negative loses its signed range.
func (s *Scalar) olderBitwise(op uint8, o *Scalar) {
	var lo, hi uint64
	var lo32, hi32 uint32
	switch op {
	case insn.AND:
		s.Var = s.Var.And(o.Var)
		lo, hi, lo32, hi32 = s.Var.Value, min(s.Umax, o.Umax), uint32(s.Var.Value), min(s.U32Max, o.U32Max)
	case insn.OR:
		s.Var = s.Var.Or(o.Var)
		lo, hi, lo32, hi32 = max(s.Umin, o.Umin), s.Var.Max(), max(s.U32Min, o.U32Min), uint32(s.Var.Max())
	default:
		s.Var = s.Var.Xor(o.Var)
		lo, hi, lo32, hi32 = s.Var.Value, s.Var.Max(), uint32(s.Var.Value), uint32(s.Var.Max())
	}
	if o.Var.IsSubregConst() && s.Var.IsSubregConst() {
		s.SetConst32(uint32(s.Var.Value))
	} else {
		s.U32Min, s.U32Max = lo32, hi32
		if s.S32Min < 0 || o.S32Min < 0 {
			s.S32Min, s.S32Max = math.MinInt32, math.MaxInt32
		} else {
			s.S32Min, s.S32Max = int32(lo32), int32(hi32)
		}
	}
	if o.Var.IsConst() && s.Var.IsConst() {
		s.SetConst(s.Var.Value)
		return
	}
	s.Umin, s.Umax = lo, hi
	if s.Smin < 0 || o.Smin < 0 {
		s.Smin, s.Smax = math.MinInt64, math.MaxInt64
	} else {
		s.Smin, s.Smax = int64(lo), int64(hi)
	}
	s.rangesFromBits()
}
