package scalar

// Rules say how a kernel computes with numbers. The zero value is Linux 6.18's way.
type Rules struct {
	// Older kernels let ranges learn from each other once, in fewer ways, and compare with known numbers only.
	Older bool
	// Lacks says which rules a kernel that is not Older has not yet; nil for none. It is asked where a rule decides.
	Lacks func(Rule) bool
}

func (r Rules) lacks(rule Rule) bool { return r.Older || r.Lacks != nil && r.Lacks(rule) }

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

	NumRules
)

// Computable reports whether the result of an operation can be told from its operands; otherwise it is unknown.
func (r Rules) Computable(op uint8, is32 bool, src *Scalar) bool {
	if r.Older {
		return olderComputable(op, is32, src)
	}
	return Computable(op, is32, src)
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

// AddConst adds a constant, leaving what is known in disorder until Sync: it is for
// callers that first zero-extend.
func (r Rules) AddConst(s *Scalar, val uint64) {
	o := Const(val)
	s.add(r, &o)
}

// Sync lets the known bits and the ranges learn from each other.
func (r Rules) Sync(s *Scalar) {
	if r.Older {
		s.syncOnce()
		return
	}
	s.syncBy(r)
}

// Truncate keeps the lower size bytes (1, 2 or 4) and clears the rest.
func (r Rules) Truncate(s *Scalar, size int) {
	if r.Older {
		s.olderTruncate(size)
		return
	}
	s.truncateBy(r, size)
}

// Decide says what is known of the condition a op b.
func (r Rules) Decide(a, b *Scalar, op uint8, is32 bool) Decision {
	if r.Older {
		return olderDecide(a, b, op, is32)
	}
	return decideBy(r, a, b, op, is32)
}

// Narrow tells the numbers of the path on which a op b is false (a, b) and of the one on which it is true (ta, tb) so. a and
// b may be the same number, then ta and tb are, too.
func (r Rules) Narrow(a, b, ta, tb *Scalar, op uint8, is32 bool) {
	if r.Older {
		olderNarrow(a, b, ta, tb, op, is32)
		return
	}
	refineBy(r, a, b, Opposite(op), is32)
	r.Sync(a)
	r.Sync(b)
	refineBy(r, ta, tb, op, is32)
	r.Sync(ta)
	r.Sync(tb)
}
