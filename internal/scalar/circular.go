package scalar

import "github.com/bpfverdict/bpfverdict/internal/insn"

// The rules of kernels since 7.2, in which a number's range is one arc in 64 bits and one in 32, instead of a signed
// and an unsigned range of each width.
//
// A Scalar's ranges are what an arc is in both readings. From them it can be told again, unless it goes over both
// ends, 0 and the sign's: such an arc has all signed numbers, and an unsigned range from its first number up to a
// smaller one, its last.

// circles is a Scalar with its ranges as arcs.
type circles struct {
	bits  Tnum
	whole arc[uint64]
	low   arc[uint32]
}

func (s *Scalar) circles() circles {
	return circles{s.Var, s.arc64(), s.arc32()}
}

func (s *Scalar) arc64() arc[uint64] {
	if s.around64() {
		return between(s.Umin, s.Umax)
	}
	return toArc(s.Umin, s.Umax, uint64(s.Smin), uint64(s.Smax), s.Umin > s.Umax || s.Smin > s.Smax)
}

func (s *Scalar) arc32() arc[uint32] {
	if s.around32() {
		return between(s.U32Min, s.U32Max)
	}
	return toArc(s.U32Min, s.U32Max, uint32(s.S32Min), uint32(s.S32Max), s.U32Min > s.U32Max || s.S32Min > s.S32Max)
}

// toArc is the arc of the numbers in an unsigned and a signed range.
func toArc[U unsigned](umin, umax, smin, smax U, empty bool) arc[U] {
	switch {
	case empty:
		return none[U]()
	case umin == 0 && umax == ^U(0):
		return between(smin, smax)
	case smax-smin == ^U(0):
		return between(umin, umax)
	}
	return between(umin, umax).meet(between(smin, smax))
}

func (s *Scalar) set64(a arc[uint64]) {
	umin, umax, smin, smax := a.ranges()
	s.Umin, s.Umax, s.Smin, s.Smax = umin, umax, int64(smin), int64(smax)
}

func (s *Scalar) set32(a arc[uint32]) {
	umin, umax, smin, smax := a.ranges()
	s.U32Min, s.U32Max, s.S32Min, s.S32Max = umin, umax, int32(smin), int32(smax)
}

// ranges are what an arc is in both readings, of which a Scalar consists.
func (a arc[U]) ranges() (umin, umax, smin, smax U) {
	if a.empty() {
		return 1, 0, 1, 0
	}
	umin, umax = a.unsigned()
	if a.wraps() && a.changesSign() && a.size != ^U(0) {
		umin, umax = a.base, a.last()
	}
	smin, smax = a.signed()
	return umin, umax, smin, smax
}

func (s *Scalar) setCircles(c circles) {
	s.Var = c.bits
	s.set64(c.whole)
	s.set32(c.low)
}

// widen gives arcs over both ends ranges of all numbers, which is how most rules read them.
func (s *Scalar) widen() {
	s.Umin, s.Umax, s.U32Min, s.U32Max = s.UMin(), s.UMax(), s.UMin32(), s.UMax32()
}

// syncCircles lets the known bits and both arcs learn from each other.
func (s *Scalar) syncCircles() {
	c := s.circles()
	c.sync()
	s.setCircles(c)
}

func (c *circles) sync() {
	if c.whole.empty() || c.low.empty() {
		return
	}
	c.fromBits()
	for range 2 {
		c.low = c.low.meet(lower(c.whole))
		c.whole = withLower(c.whole, c.low)
	}
	c.toBits()
	c.fromBits()
}

// fromBits narrows the arcs by the known bits, and makes a constant of them if these leave one number in range.
func (c *circles) fromBits() {
	c.fromBits32()
	c.whole = c.whole.meet(ofBits(c.bits.Value, c.bits.Mask))
	lo, hi := c.whole.unsigned()
	if only, ok := c.bits.only(lo, hi); ok {
		*c = circles{Tnum{Value: only}, between(only, only), between(uint32(only), uint32(only))}
	}
}

func (c *circles) fromBits32() {
	c.low = c.low.meet(ofBits(uint32(c.bits.Value), uint32(c.bits.Mask)))
}

// toBits learns the leading bits that the ends share.
func (c *circles) toBits() {
	lo, hi := c.whole.unsigned()
	v := c.bits.Intersect(TnumRange(lo, hi))
	lo32, hi32 := c.low.unsigned()
	c.bits = v.WithSubreg(v.Subreg().Intersect(TnumRange(uint64(lo32), uint64(hi32))))
}

// zeroExtend clears the upper half.
func (c *circles) zeroExtend() {
	lo, hi := c.low.unsigned()
	c.bits, c.whole = c.bits.Subreg(), between(uint64(lo), uint64(hi))
}

// circularALU is ALU. All but sums and differences are computed of the least and largest numbers, which make one arc.
func (s *Scalar) circularALU(op uint8, is32 bool, src *Scalar) {
	o := *src
	var c circles
	switch op {
	case insn.ADD:
		c = s.circularSum(&o)
	case insn.SUB:
		c = s.circularDifference(&o)
	case insn.NEG:
		zero := Const(0)
		c = zero.circularDifference(s)
	default:
		s.widen()
		o.widen()
		c = s.computed(op, is32, &o)
	}
	if is32 {
		c.zeroExtend()
	}
	c.sync()
	s.setCircles(c)
}

// computed is what the ranges and bits tell of a product, a number combined bit by bit, or one shifted.
func (s *Scalar) computed(op uint8, is32 bool, o *Scalar) circles {
	by := Rules{Circular: true}
	switch op {
	case insn.MUL:
		s.mul(by, o)
	case insn.AND:
		s.and(by, o)
	case insn.OR:
		s.or(by, o)
	case insn.XOR:
		s.xor(by, o)
	default:
		s.shiftRanges(op, is32, o)
	}
	c := s.circles()
	switch op {
	case insn.MUL, insn.XOR:
	case insn.AND, insn.OR:
		c.fromBits()
	default:
		c.fromBits32()
	}
	return c
}

func (s *Scalar) circularSum(o *Scalar) circles {
	return circles{s.Var.Add(o.Var), s.arc64().plus(o.arc64()), s.arc32().plus(o.arc32())}
}

func (s *Scalar) circularDifference(o *Scalar) circles {
	return circles{s.Var.Sub(o.Var), s.arc64().minus(o.arc64()), s.arc32().minus(o.arc32())}
}

// circularRefine is Refine for a condition that isn't between sets of bits.
func circularRefine(a, b *Scalar, op uint8, is32 bool) {
	if op == insn.JEQ {
		if is32 {
			both, low := a.Var.Subreg().Intersect(b.Var.Subreg()), a.arc32().meet(b.arc32())
			a.Var, b.Var = a.Var.WithSubreg(both), b.Var.WithSubreg(both)
			a.set32(low)
			b.set32(low)
			return
		}
		both, whole := a.Var.Intersect(b.Var), a.arc64().meet(b.arc64())
		a.Var, b.Var = both, both
		a.set64(whole)
		b.set64(whole)
		return
	}
	signed := op == insn.JSLE || op == insn.JSLT
	if is32 {
		x, y := a.arc32(), b.arc32()
		x, y = ordered(x, y, signed, op == insn.JLT || op == insn.JSLT)
		a.set32(x)
		b.set32(y)
		return
	}
	x, y := a.arc64(), b.arc64()
	x, y = ordered(x, y, signed, op == insn.JLT || op == insn.JSLT)
	a.set64(x)
	b.set64(y)
}

// ordered narrows arcs of which every number of the first is at most that of the second, or below it.
func ordered[U unsigned](a, b arc[U], signed, below bool) (arc[U], arc[U]) {
	read, least, most := arc[U].unsigned, U(0), ^U(0)
	if signed {
		read, least, most = arc[U].signed, ^(^U(0) >> 1), ^U(0)>>1
	}
	var step U
	if below {
		step = 1
	}
	_, hi := read(b)
	a = a.meet(between(least, hi-step))
	lo, _ := read(a)
	return a, b.meet(between(lo+step, most))
}

// circularUnequal takes one number out.
func (s *Scalar) circularUnequal(val uint64, is32 bool) {
	if is32 {
		s.set32(s.arc32().meet(except(uint32(val))))
	} else {
		s.set64(s.arc64().meet(except(val)))
	}
}

// circularMeetS32 is MeetS32.
func (s *Scalar) circularMeetS32(lo, hi int32) {
	s.set32(between(uint32(max(s.S32Min, lo)), uint32(min(s.S32Max, hi))))
	s.set64(between(uint64(max(s.Smin, int64(lo))), uint64(min(s.Smax, int64(hi)))))
	s.syncCircles()
}
