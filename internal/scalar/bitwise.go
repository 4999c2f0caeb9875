package scalar

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// The bitwise operations take what bounds they can from the known bits of the result,
// the rest from the operands' unsigned bounds.

func (s *Scalar) and(by Rules, o *Scalar) {
	s.Var = s.Var.And(o.Var)
	s.bitwise(by, o, s.Var.Value, min(s.Umax, o.Umax), uint32(s.Var.Value), min(s.U32Max, o.U32Max))
}

func (s *Scalar) or(by Rules, o *Scalar) {
	s.Var = s.Var.Or(o.Var)
	most := s.Var.Max()
	s.bitwise(by, o, max(s.Umin, o.Umin), most, max(s.U32Min, o.U32Min), uint32(most))
}

func (s *Scalar) xor(by Rules, o *Scalar) {
	s.Var = s.Var.Xor(o.Var)
	most := s.Var.Max()
	s.bitwise(by, o, s.Var.Value, most, uint32(s.Var.Value), uint32(most))
}

// bitwise takes the unsigned bounds of a result whose known bits are in s already.
func (s *Scalar) bitwise(by Rules, o *Scalar, lo, hi uint64, lo32, hi32 uint32) {
	if o.Var.IsSubregConst() && s.Var.IsSubregConst() {
		s.SetConst32(uint32(s.Var.Value))
	} else {
		s.U32Min, s.U32Max = lo32, hi32
		s.S32Min, s.S32Max = int32(lo32), int32(hi32)
		if s.S32Min > s.S32Max {
			s.S32Min, s.S32Max = math.MinInt32, math.MaxInt32
		}
	}
	if o.Var.IsConst() && s.Var.IsConst() {
		s.SetConst(s.Var.Value)
		return
	}
	s.Umin, s.Umax = lo, hi
	s.Smin, s.Smax = int64(lo), int64(hi)
	if s.Smin > s.Smax {
		s.Smin, s.Smax = math.MinInt64, math.MaxInt64
	}
	if !by.Circular {
		s.boundsFromBits(by)
	}
}

// shift shifts by a constant below the operation's width.
func (s *Scalar) shift(op uint8, is32 bool, o *Scalar) {
	if s.shiftRanges(op, is32, o); is32 {
		s.boundsFromBits32()
	} else {
		s.rangesFromBits()
	}
}

// shiftRanges shifts the known bits, and the ranges by themselves.
func (s *Scalar) shiftRanges(op uint8, is32 bool, o *Scalar) {
	switch {
	case op == insn.LSH && is32:
		s.lsh32(uint8(o.U32Min))
	case op == insn.LSH:
		s.lsh(uint8(o.Umin))
	case op == insn.RSH && is32:
		s.rsh32(uint8(o.U32Min))
	case op == insn.RSH:
		s.rsh(uint8(o.Umin))
	case op == insn.ARSH && is32:
		s.arsh32(uint8(o.U32Min))
	case op == insn.ARSH:
		s.arsh(uint8(o.Umin))
	}
}

// lsh32Bounds shifts the 32-bit ranges; the sign is lost.
func (s *Scalar) lsh32Bounds(n uint8) {
	s.S32Min, s.S32Max = math.MinInt32, math.MaxInt32
	if n > 31 || s.U32Max > 1<<(31-n) { // a bit may be shifted out
		s.U32Min, s.U32Max = 0, math.MaxUint32
		return
	}
	s.U32Min, s.U32Max = s.U32Min<<n, s.U32Max<<n
}

func (s *Scalar) lsh32(n uint8) {
	s.lsh32Bounds(n)
	s.Var = s.Var.Subreg().Lsh(n).Subreg()
	s.unbound64()
}

func (s *Scalar) lsh(n uint8) {
	// Compilers sign-extend the lower half by << 32, s>> 32.
	s.Smin, s.Smax = math.MinInt64, math.MaxInt64
	if n == 32 {
		s.Smin, s.Smax = int64(s.S32Min)<<32, int64(s.S32Max)<<32
	}
	if s.Umax > 1<<(63-n) {
		s.Umin, s.Umax = 0, math.MaxUint64
	} else {
		s.Umin, s.Umax = s.Umin<<n, s.Umax<<n
	}
	s.lsh32Bounds(n)
	s.Var = s.Var.Lsh(n)
}

func (s *Scalar) rsh32(n uint8) {
	s.S32Min, s.S32Max = math.MinInt32, math.MaxInt32
	s.U32Min, s.U32Max = s.U32Min>>n, s.U32Max>>n
	s.Var = s.Var.Subreg().Rsh(n)
	s.unbound64()
}

func (s *Scalar) rsh(n uint8) {
	s.Smin, s.Smax = math.MinInt64, math.MaxInt64
	s.Umin, s.Umax = s.Umin>>n, s.Umax>>n
	s.Var = s.Var.Rsh(n)
	s.Unbound32()
}

func (s *Scalar) arsh32(n uint8) {
	s.S32Min, s.S32Max = s.S32Min>>n, s.S32Max>>n
	s.U32Min, s.U32Max = 0, math.MaxUint32
	s.Var = s.Var.Arsh32(n)
	s.unbound64()
}

func (s *Scalar) arsh(n uint8) {
	s.Smin, s.Smax = s.Smin>>n, s.Smax>>n
	s.Umin, s.Umax = 0, math.MaxUint64
	s.Var = s.Var.Arsh(n)
	s.Unbound32()
}
