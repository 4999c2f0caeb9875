package scalar

import "math"

// ZeroExtend32 clears the upper half: what a 32-bit operation does to its result.
// The 32-bit ranges must be right; Sync must follow.
func (s *Scalar) ZeroExtend32() {
	s.zeroExtend(s.UMin32(), s.UMax32())
}

// zeroExtend is ZeroExtend32 of a lower half from lo to hi.
func (s *Scalar) zeroExtend(lo, hi uint32) {
	s.Var = s.Var.Subreg()
	s.Umin, s.Umax = uint64(lo), uint64(hi)
	s.Smin, s.Smax = 0, math.MaxUint32
	if s.S32Min >= 0 && s.S32Max >= 0 {
		s.Smin, s.Smax = int64(s.S32Min), int64(s.S32Max)
	}
}

// Truncate keeps the lower size bytes (1, 2 or 4) and clears the rest.
func (s *Scalar) Truncate(size int) { s.truncateBy(Rules{}, size) }

// truncateBy is Truncate by the rules of a kernel.
func (s *Scalar) truncateBy(by Rules, size int) {
	s.truncateWhole(size)
	if size < 4 {
		s.Unbound32()
	}
	s.syncBy(by)
}

// truncateWhole is truncate but for what the lower half alone is known to be.
func (s *Scalar) truncateWhole(size int) {
	s.Var = s.Var.Cast(size)
	keep := uint64(1)<<(uint(size)*8) - 1
	if lo, hi := s.UMin(), s.UMax(); lo&^keep == hi&^keep {
		s.Umin, s.Umax = lo&keep, hi&keep
	} else {
		s.Umin, s.Umax = 0, keep
	}
	s.Smin, s.Smax = int64(s.Umin), int64(s.Umax)
}

// signExtend is the value of the lower size bytes of v, taken as signed.
func signExtend(v int64, size int) int64 {
	n := uint(64 - size*8)
	return v << n >> n
}

// SignExtend repeats the sign of the lower size bytes (1, 2 or 4) in the bits above.
func (s *Scalar) SignExtend(size int) {
	if s.Var.IsConst() {
		s.SetConst(uint64(signExtend(int64(s.Var.Value), size)))
		return
	}
	n := uint(size) * 8
	if s.Smin>>n == s.Smax>>n {
		a, b := signExtend(s.Smin, size), signExtend(s.Smax, size)
		lo, hi := min(a, b), max(a, b)
		if lo >= 0 == (hi >= 0) {
			s.Smin, s.Smax = lo, hi
			s.Umin, s.Umax = uint64(lo), uint64(hi)
			s.S32Min, s.S32Max = int32(lo), int32(hi)
			s.U32Min, s.U32Max = uint32(lo), uint32(hi)
			s.Var = TnumRange(uint64(lo), uint64(hi))
			return
		}
	}
	*s = unknown
	s.Smin, s.Smax = -1<<(n-1), 1<<(n-1)-1
	s.S32Min, s.S32Max = int32(s.Smin), int32(s.Smax)
}

// SignExtend32 repeats the sign of the lower size bytes (1 or 2) in the lower half.
// ZeroExtend32 and Sync must follow.
func (s *Scalar) SignExtend32(size int) {
	if s.Var.IsConst() {
		v := signExtend(int64(s.Var.Value), size)
		s.Var = Tnum{Value: uint64(v)}
		s.S32Min, s.S32Max = int32(v), int32(v)
		s.U32Min, s.U32Max = uint32(v), uint32(v)
		return
	}
	n := uint(size) * 8
	if s.S32Min>>n == s.S32Max>>n {
		a, b := signExtend(int64(s.S32Min), size), signExtend(int64(s.S32Max), size)
		lo, hi := min(a, b), max(a, b)
		if lo >= 0 == (hi >= 0) {
			s.S32Min, s.S32Max = int32(lo), int32(hi)
			s.U32Min, s.U32Max = uint32(lo), uint32(hi)
			s.Var = TnumRange(uint64(lo), uint64(hi)).Subreg()
			return
		}
	}
	s.S32Min, s.S32Max = -1<<(n-1), 1<<(n-1)-1
	s.U32Min, s.U32Max = 0, math.MaxUint32
	s.Var = Tnum{Mask: math.MaxUint32}
}
