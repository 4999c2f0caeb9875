package scalar

// Rules say how a kernel computes with numbers. The zero value is the newest generation's.
type Rules struct {
	// Older kernels let ranges learn from each other once, in fewer ways, and compare with known numbers only.
	Older bool
}

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
		s.olderALU(op, is32, &o)
		return
	}
	s.ALU(op, is32, src)
}

// Sync lets the known bits and the ranges learn from each other.
func (r Rules) Sync(s *Scalar) {
	if r.Older {
		s.syncOnce()
		return
	}
	s.Sync()
}

// Truncate keeps the lower size bytes (1, 2 or 4) and clears the rest.
func (r Rules) Truncate(s *Scalar, size int) {
	if r.Older {
		s.olderTruncate(size)
		return
	}
	s.Truncate(size)
}

// Decide says what is known of the condition a op b.
func (r Rules) Decide(a, b *Scalar, op uint8, is32 bool) Decision {
	if r.Older {
		return olderDecide(a, b, op, is32)
	}
	return Decide(a, b, op, is32)
}

// Narrow tells the numbers of the path on which a op b is false (a, b) and of the one on which it is true (ta, tb) so. a and
// b may be the same number, then ta and tb are, too.
func (r Rules) Narrow(a, b, ta, tb *Scalar, op uint8, is32 bool) {
	if r.Older {
		olderNarrow(a, b, ta, tb, op, is32)
		return
	}
	Refine(a, b, Opposite(op), is32)
	a.Sync()
	b.Sync()
	Refine(ta, tb, op, is32)
	ta.Sync()
	tb.Sync()
}
