package scalar

import "math"

// move adds dist to s, or takes it away if back. Unlike the ranges of a sum of numbers, those of a pointer's offset
// are lost as soon as one of their ends wraps around.
func (s *Scalar) move(dist *Scalar, back bool) {
	smin, smax, umin, umax := s.Smin, s.Smax, s.Umin, s.Umax
	if back {
		s.Smin, s.Smax = smin-dist.Smax, smax-dist.Smin
		if (smin^dist.Smax)&(smin^s.Smin) < 0 || (smax^dist.Smin)&(smax^s.Smax) < 0 {
			s.Smin, s.Smax = math.MinInt64, math.MaxInt64
		}
		s.Umin, s.Umax = umin-dist.Umax, umax-dist.Umin
		if umin < dist.Umax {
			s.Umin, s.Umax = 0, math.MaxUint64
		}
		s.Var = s.Var.Sub(dist.Var)
		return
	}
	s.Smin, s.Smax = smin+dist.Smin, smax+dist.Smax
	if (s.Smin^smin)&(s.Smin^dist.Smin) < 0 || (s.Smax^smax)&(s.Smax^dist.Smax) < 0 {
		s.Smin, s.Smax = math.MinInt64, math.MaxInt64
	}
	s.Umin, s.Umax = umin+dist.Umin, umax+dist.Umax
	if s.Umin < umin || s.Umax < umax {
		s.Umin, s.Umax = 0, math.MaxUint64
	}
	s.Var = s.Var.Add(dist.Var)
}
