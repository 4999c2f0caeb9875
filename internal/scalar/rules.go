package scalar

import "fmt"

// Rules say how a kernel computes with numbers, and keeps them. The zero value is Linux 6.18's way.
type Rules struct {
	// Older kernels let ranges learn from each other once, in fewer ways, and compare with known numbers only.
	Older bool
	// Circular kernels keep one range of each width, of numbers that wrap around.
	Circular bool
	// WholeFirst kernels let the two readings of a whole number learn from each other before its lower half learns from them.
	WholeFirst bool
	// Lacks says which rules a kernel has not yet; nil for none. It is asked where a rule decides, an
	// Older kernel only of those that it may have.
	Lacks func(Rule) bool
	// Apart, where it is set, is told that a Circular kernel gets another result. All else is computed twice to see that.
	Apart func()
}

// circular are the rules of a Circular kernel that is the same otherwise.
func (r Rules) circular() Rules { return Rules{Circular: true, Lacks: r.Lacks} }

// alone are the rules without Apart.
func (r Rules) alone() Rules {
	r.Apart = nil
	return r
}

// tell tells whether a Circular kernel gets the same. What is computed twice is written out each time: numbers that a function
// is passed by another, to do so to both, would live on the heap.
func (r Rules) tell(same bool) {
	if !same {
		r.Apart()
	}
}

func (r Rules) lacks(rule Rule) bool {
	switch {
	case r.Older && rule != LowerBits && rule != RangesForgotten && rule != ProductSums:
		return true
	case r.Lacks == nil:
		return false
	}
	return r.Lacks(rule)
}

// Rule is one way to know more of numbers.
type Rule uint8

// Rules that came after ranges learnt from each other both ways.
const (
	SignedProducts  Rule = iota // products of negative and of large numbers have a range
	SumsWrap                    // sums that all wrap around have a range
	SignCrossing                // a range over both signs learns from one that touches only one of them
	SignCrossing32              // the same of 32 bits
	ThirdRound                  // what ranges learnt from each other twice they learn once more
	RangesForgotten             // that bits are not set makes ranges begin anew
	ProductBits                 // products keep the bits that each way to add up gives
	BitsCompared                // numbers differ if known bits do
	LoneMember                  // a range in which one number has the known bits is that number

	LowerBits   // the lower half's bits learn from the whole's range; of Older kernels, as all others do
	ProductSums // a product's known bits are told apart from what adds up of the others; of Older kernels

	NumRules
)

// Computable reports whether the result of an operation can be told from its operands; otherwise it is unknown.
func (r Rules) Computable(op uint8, is32 bool, src *Scalar) bool {
	if r.Older {
		return olderComputable(op, is32, src)
	}
	return Computable(op, is32, src)
}

// Halved reports that what is not Computable has no upper half: older kernels extend what a known number makes of the lower.
func (r Rules) Halved(is32 bool, src *Scalar) bool {
	known, sound := src.sound(true)
	return r.Older && is32 && known && sound
}

// ALU makes s the result of s op src for a Computable operation.
func (r Rules) ALU(s *Scalar, op uint8, is32 bool, src *Scalar) {
	if r.Older {
		o := *src
		s.olderALU(r, op, is32, &o)
		return
	}
	s.aluBy(r, op, is32, src)
}

// Divide makes s the quotient or, for insn.MOD, the remainder of a division by a Divisor. A 32-bit
// operation computes with the lower halves and zero-extends. Of the other half nothing is known then.
func (r Rules) Divide(s *Scalar, op uint8, signed, is32 bool, by *Scalar) {
	s.divide(op, signed, is32, by)
	if is32 {
		s.ZeroExtend32()
	}
	r.Sync(s)
}

// Sync lets the known bits and the ranges learn from each other.
func (r Rules) Sync(s *Scalar) {
	if r.Older {
		s.syncOnce(r)
		return
	}
	s.syncBy(r)
}

// AddConst adds a constant, leaving what is known in disorder until Sync: it is for
// callers that first zero-extend.
func (r Rules) AddConst(s *Scalar, val uint64) {
	if r.Apart != nil {
		other := *s
		r.circular().AddConst(&other, val)
		r.alone().AddConst(s, val)
		r.tell(*s == other)
		return
	}
	o := Const(val)
	if r.Circular {
		s.setCircles(s.circularSum(&o))
		return
	}
	s.add(r, &o)
}

// Move adds dist to the variable part of a pointer's offset, or takes it away if back. Sync must follow.
func (r Rules) Move(ptr, dist *Scalar, back bool) {
	switch {
	case r.Apart != nil:
		other := *ptr
		r.circular().Move(&other, dist, back)
		ptr.move(dist, back)
		r.tell(*ptr == other)
	case !r.Circular:
		ptr.move(dist, back)
	case back:
		ptr.setCircles(ptr.circularDifference(dist))
	default:
		ptr.setCircles(ptr.circularSum(dist))
	}
}

// LowFromBits lets the lower half's ranges learn from the known bits, and nothing else.
func (r Rules) LowFromBits(s *Scalar) {
	if r.Apart != nil {
		other := *s
		r.circular().LowFromBits(&other)
		r.alone().LowFromBits(s)
		r.tell(*s == other)
		return
	}
	if !r.Circular {
		s.boundsFromBits32()
		return
	}
	c := s.circles()
	c.fromBits32()
	s.set32(c.low)
}

// Truncate keeps the lower size bytes (1, 2 or 4) and clears the rest.
func (r Rules) Truncate(s *Scalar, size int) {
	if r.Older {
		s.olderTruncate(r, size)
		return
	}
	s.truncateBy(r, size)
}

// Bswap reverses the order of the lower width bits' bytes (16, 32 or 64) and clears
// the rest. Only known bits survive.
func (r Rules) Bswap(s *Scalar, width int) {
	s.Var = s.Var.Bswap(width)
	s.Unbound()
	if width < 64 {
		r.Truncate(s, width/8)
	}
	r.Sync(s)
}

// MeetS32 narrows s to values that, as 64-bit numbers and in their lower half, lie in lo..hi.
func (r Rules) MeetS32(s *Scalar, lo, hi int32) {
	if r.Apart != nil {
		other := *s
		other.circularMeetS32(lo, hi)
		r.alone().MeetS32(s, lo, hi)
		r.tell(*s == other)
		return
	}
	if r.Circular {
		s.circularMeetS32(lo, hi)
		return
	}
	s.meetS32(lo, hi)
	s.Smin, s.Smax = max(s.Smin, int64(lo)), min(s.Smax, int64(hi))
	r.Sync(s)
}

// Decide says what is known of the condition a op b.
func (r Rules) Decide(a, b *Scalar, op uint8, is32 bool) Decision {
	if r.Older {
		return olderDecide(a, b, op, is32)
	}
	return decideBy(r, a, b, op, is32)
}

// Simulate decides a op b by what it would say of both: where that contradicts itself is no way to go.
func (r Rules) Simulate(a, b *Scalar, op uint8, is32 bool) Decision {
	if r.Apart != nil {
		d := r.alone().Simulate(a, b, op, is32)
		r.tell(d == r.circular().Simulate(a, b, op, is32))
		return d
	}
	switch {
	case r.dead(*a, *b, Opposite(op), is32):
		return Taken
	case r.dead(*a, *b, op, is32):
		return NotTaken
	}
	return Either
}

func (r Rules) dead(a, b Scalar, op uint8, is32 bool) bool {
	r.refine(&a, &b, op, is32)
	return a.Empty() || b.Empty()
}

// Narrow tells the numbers of the path on which a op b is false (a, b) and of the one on which it is true (ta, tb) so. a and
// b may be the same number, then ta and tb are, too.
func (r Rules) Narrow(a, b, ta, tb *Scalar, op uint8, is32 bool) {
	if r.Older {
		olderNarrow(r, a, b, ta, tb, op, is32)
		return
	}
	r.refine(a, b, Opposite(op), is32)
	r.refine(ta, tb, op, is32)
}

func (r Rules) refine(a, b *Scalar, op uint8, is32 bool) {
	if r.Apart != nil {
		otherA, otherB := *a, *b
		toB := &otherB
		if a == b {
			toB = &otherA
		}
		r.circular().refine(&otherA, toB, op, is32)
		r.alone().refine(a, b, op, is32)
		r.tell(*a == otherA && *b == *toB)
		return
	}
	refineBy(r, a, b, op, is32)
	r.Sync(a)
	r.Sync(b)
}

// Ranges is how a kernel names all that it keeps of a number, to say that it contradicts itself.
func (r Rules) Ranges(s *Scalar) string {
	if r.Apart != nil {
		r.Apart()
	}
	if r.Circular {
		whole, low := s.arc64(), s.arc32()
		return fmt.Sprintf("r64={.base=%#x, .size=%#x} r32={.base=%#x, .size=%#x} var_off=(%#x, %#x)",
			whole.base, whole.size, low.base, low.size, s.Var.Value, s.Var.Mask)
	}
	return fmt.Sprintf("u64=[%#x, %#x] s64=[%#x, %#x] u32=[%#x, %#x] s32=[%#x, %#x] var_off=(%#x, %#x)",
		s.Umin, s.Umax, uint64(s.Smin), uint64(s.Smax), s.U32Min, s.U32Max, uint32(s.S32Min), uint32(s.S32Max), s.Var.Value, s.Var.Mask)
}
