package scalar

import "github.com/bpfverdict/bpfverdict/internal/insn"

// olderDecide is Decide: of a number and a known one.
func olderDecide(a, b *Scalar, op uint8, is32 bool) Decision {
	if !b.IsConstAt(is32) {
		return Either
	}
	v := a.Var
	if is32 {
		v = v.Subreg()
	}
	val := b.ConstAt(is32)
	switch op {
	case insn.JEQ, insn.JNE:
		if !v.IsConst() {
			return Either
		}
		return decide((v.Value == val) == (op == insn.JEQ))
	case insn.JSET:
		switch {
		case v.Value&val != 0:
			return Taken
		case v.Max()&val == 0:
			return NotTaken
		}
		return Either
	case insn.JGT, insn.JGE, insn.JLT, insn.JLE:
		if is32 {
			return order(op, a.U32Min, a.U32Max, uint32(val), uint32(val))
		}
		return order(op, a.Umin, a.Umax, val, val)
	case insn.JSGT, insn.JSGE, insn.JSLT, insn.JSLE:
		if is32 {
			return order(op, a.S32Min, a.S32Max, int32(val), int32(val))
		}
		return order(op, a.Smin, a.Smax, int64(val), int64(val))
	}
	return Either
}

// olderNarrow is Narrow: one of the numbers must be known, or they are compared for being equal as a whole.
func olderNarrow(by Rules, a, b, ta, tb *Scalar, op uint8, is32 bool) {
	switch {
	case b.IsConstAt(is32):
		narrowByConst(by, ta, a, b.ConstAt(is32), op, is32)
	case a.IsConstAt(is32):
		narrowByConst(by, tb, b, a.ConstAt(is32), Flip(op), is32)
	case !is32 && op == insn.JEQ:
		meet(by, ta, tb)
	case !is32 && op == insn.JNE:
		meet(by, a, b)
	}
}

// meet makes numbers that are equal know the same.
func meet(by Rules, a, b *Scalar) {
	refine64(a, b, insn.JEQ)
	a.syncOnce(by)
	b.syncOnce(by)
}

// narrowByConst tells t that t op val holds, and f that f op val doesn't.
func narrowByConst(by Rules, t, f *Scalar, val uint64, op uint8, is32 bool) {
	switch op {
	case insn.JEQ, insn.JNE:
		equal := t
		if op == insn.JNE {
			equal = f
		}
		if is32 {
			equal.SetConst32(uint32(val))
		} else {
			equal.SetConst(val)
		}
	case insn.JSET:
		t.refineConst(by, op, val, is32)
		f.refineConst(by, NotJSET, val, is32)
	default:
		forT, forF := Const(val), Const(val)
		Refine(t, &forT, op, is32)
		Refine(f, &forF, Opposite(op), is32)
	}
	if is32 {
		f.wholeFromLower(by)
		t.wholeFromLower(by)
	} else {
		f.lowerFromWhole(by)
		t.lowerFromWhole(by)
	}
}
