package scalar

import "math"

// Sync lets the known bits and the four ranges learn from each other, in the
// kernel's order and number of rounds.
func (s *Scalar) Sync() { s.syncBy(Rules{}) }

// syncBy is Sync by the rules of a kernel.
func (s *Scalar) syncBy(by Rules) {
	switch {
	case s.settled():
	case by.Apart != nil:
		other := *s
		other.syncCircles()
		s.sync(by.alone())
		by.tell(*s == other)
	case by.Circular:
		s.syncCircles()
	default:
		s.sync(by)
	}
}

func (s *Scalar) sync(by Rules) {
	s.boundsFromBits(by)
	// Three rounds reach everything that one range can teach another over a third, two if the whole comes first.
	rounds := 3
	if by.WholeFirst {
		rounds = 2
	}
	for round := range rounds {
		before := *s
		if by.WholeFirst {
			s.Umin, s.Umax, s.Smin, s.Smax = agree(by, SignCrossing, s.Umin, s.Umax, s.Smin, s.Smax)
		}
		s.lowFromHigh()
		s.U32Min, s.U32Max, s.S32Min, s.S32Max = agree(by, SignCrossing32, s.U32Min, s.U32Max, s.S32Min, s.S32Max)
		if !by.WholeFirst {
			s.Umin, s.Umax, s.Smin, s.Smax = agree(by, SignCrossing, s.Umin, s.Umax, s.Smin, s.Smax)
		}
		s.highFromLow()
		if *s == before {
			break
		}
		if round == 2 && by.lacks(ThirdRound) {
			*s = before
		}
	}
	s.bitsFromBounds()
	s.boundsFromBits(by)
}

// settled reports the common cases in which nothing is left to learn: one value, and all values of so many bits.
func (s *Scalar) settled() bool {
	switch m := s.Var.Mask; {
	case m == 0:
		return s.exactly(s.Var.Value)
	case s.Var.Value == 0 && m&(m+1) == 0:
		return s.isLow(m)
	}
	return false
}

// isLow reports that s is all numbers whose bits are in m, the lowest so many.
func (s *Scalar) isLow(m uint64) bool {
	smin, smax := signedLow(int64(m))
	smin32, smax32 := signedLow(int32(m))
	return s.Umin == 0 && s.Umax == m && s.Smin == smin && s.Smax == smax &&
		s.U32Min == 0 && s.U32Max == uint32(m) && s.S32Min == smin32 && s.S32Max == smax32
}

// signedLow is the signed range of the numbers 0 to m, of all numbers if m is -1.
func signedLow[S signed](m S) (lo, hi S) {
	if m < 0 {
		return signedAll[S]()
	}
	return 0, m
}

// boundsFromBits narrows all ranges by the known bits, and makes s constant if these leave one number in range.
func (s *Scalar) boundsFromBits(by Rules) {
	s.rangesFromBits()
	if val, ok := s.Var.only(s.Umin, s.Umax); ok && !s.exactly(val) && !by.lacks(LoneMember) {
		s.SetConst(val)
	}
}

// rangesFromBits narrows all ranges by the known bits.
func (s *Scalar) rangesFromBits() {
	s.boundsFromBits32()
	s.boundsFromBits64()
}

func (s *Scalar) boundsFromBits32() {
	v, m := uint32(s.Var.Value), uint32(s.Var.Mask)
	s.S32Min = max(s.S32Min, int32(v|m&(1<<31)))
	s.S32Max = min(s.S32Max, int32(v|m&math.MaxInt32))
	s.U32Min = max(s.U32Min, v)
	s.U32Max = min(s.U32Max, v|m)
}

func (s *Scalar) boundsFromBits64() {
	v, m := s.Var.Value, s.Var.Mask
	s.Smin = max(s.Smin, int64(v|m&(1<<63)))
	s.Smax = min(s.Smax, int64(v|m&math.MaxInt64))
	s.Umin = max(s.Umin, v)
	s.Umax = min(s.Umax, v|m)
}

// agree lets the signed and unsigned range of one width learn from each other. Where
// the sign bit is the same over a whole range, the range is one in both readings.
// A signed range over both signs is two pieces when read as unsigned; if the unsigned
// range touches only one piece, the other is out, if the kernel has the rule crossing.
func agree[U uint32 | uint64, S int32 | int64](by Rules, crossing Rule, umin, umax U, smin, smax S) (U, U, S, S) {
	if S(umin) <= S(umax) {
		smin, smax = max(smin, S(umin)), min(smax, S(umax))
	}
	switch {
	case U(smin) <= U(smax):
		umin, umax = max(umin, U(smin)), min(umax, U(smax))
	case umax >= U(smin) && U(smax) >= umin || by.lacks(crossing):
	case umax < U(smin): // the non-negative piece
		smin, umax = S(umin), min(umax, U(smax))
	default: // the negative piece
		smax, umin = S(umax), max(umin, U(smin))
	}
	return umin, umax, smin, smax
}

// lowFromHigh narrows the 32-bit ranges by the 64-bit ones, where those don't leave
// the lower half free.
func (s *Scalar) lowFromHigh() {
	ulo, uhi, slo, shi := s.Umin, s.Umax, s.Smin, s.Smax
	if ulo>>32 == uhi>>32 { // upper halves equal: lower halves are a range
		s.U32Min, s.U32Max = max(s.U32Min, uint32(ulo)), min(s.U32Max, uint32(uhi))
		if int32(ulo) <= int32(uhi) {
			s.meetS32(int32(ulo), int32(uhi))
		}
	}
	if slo>>32 == shi>>32 {
		if uint32(slo) <= uint32(shi) {
			s.U32Min, s.U32Max = max(s.U32Min, uint32(slo)), min(s.U32Max, uint32(shi))
		}
		if int32(slo) <= int32(shi) {
			s.meetS32(int32(slo), int32(shi))
		}
	}
	// Upper halves that follow each other, the lower half going from negative to
	// non-negative: a range in the signed reading, as in -1..1.
	if uint32(ulo>>32)+1 == uint32(uhi>>32) && int32(ulo) < 0 && int32(uhi) >= 0 {
		s.meetS32(int32(ulo), int32(uhi))
	}
	if uint32(slo>>32)+1 == uint32(shi>>32) && int32(slo) < 0 && int32(shi) >= 0 {
		s.meetS32(int32(slo), int32(shi))
	}
}

func (s *Scalar) meetS32(lo, hi int32) {
	s.S32Min, s.S32Max = max(s.S32Min, lo), min(s.S32Max, hi)
}

// highFromLow narrows the ends of the 64-bit ranges by what their lower halves can be.
func (s *Scalar) highFromLow() {
	const high = math.MaxUint64 &^ math.MaxUint32
	lo, hi := uint64(s.U32Min), uint64(s.U32Max)
	s.Umin = max(s.Umin, s.Umin&high|lo)
	s.Umax = min(s.Umax, s.Umax&high|hi)
	s.Smin = max(s.Smin, int64(uint64(s.Smin)&high|lo))
	s.Smax = min(s.Smax, int64(uint64(s.Smax)&high|hi))

	// After a sign extension: a 64-bit range within int32 with a non-negative lower half is that half.
	if s.S32Min >= 0 && s.Smin >= math.MinInt32 && s.Smax <= math.MaxInt32 {
		lo, hi := int64(s.S32Min), int64(s.S32Max)
		s.Smin, s.Smax, s.Umin, s.Umax = lo, hi, uint64(lo), uint64(hi)
		s.Var = s.Var.Intersect(TnumRange(s.Umin, s.Umax))
	}
}

// bitsFromBounds learns the leading bits that the unsigned ranges' ends share.
func (s *Scalar) bitsFromBounds() {
	v := s.Var.Intersect(TnumRange(s.Umin, s.Umax))
	low := v.Subreg().Intersect(TnumRange(uint64(s.U32Min), uint64(s.U32Max)))
	s.Var = v.WithSubreg(low)
}
