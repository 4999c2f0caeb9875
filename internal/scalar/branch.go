package scalar

import (
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// NotJSET is the condition !(a & b), which no instruction has: the opposite of JSET.
const NotJSET = insn.JSET | insn.X

// Flip is the operation op' with b op' a wherever a op b.
func Flip(op uint8) uint8 {
	switch op {
	case insn.JGT:
		return insn.JLT
	case insn.JGE:
		return insn.JLE
	case insn.JLT:
		return insn.JGT
	case insn.JLE:
		return insn.JGE
	case insn.JSGT:
		return insn.JSLT
	case insn.JSGE:
		return insn.JSLE
	case insn.JSLT:
		return insn.JSGT
	case insn.JSLE:
		return insn.JSGE
	}
	return op
}

// Opposite is the operation that holds where op doesn't.
func Opposite(op uint8) uint8 {
	switch op {
	case insn.JEQ:
		return insn.JNE
	case insn.JNE:
		return insn.JEQ
	case insn.JSET:
		return NotJSET
	case NotJSET:
		return insn.JSET
	case insn.JGT:
		return insn.JLE
	case insn.JGE:
		return insn.JLT
	case insn.JLT:
		return insn.JGE
	case insn.JLE:
		return insn.JGT
	case insn.JSGT:
		return insn.JSLE
	case insn.JSGE:
		return insn.JSLT
	case insn.JSLT:
		return insn.JSGE
	}
	return insn.JSGT // of JSLE
}

// Decision says which way a branch goes.
type Decision int8

// Decisions.
const (
	Either   Decision = -1
	NotTaken Decision = 0
	Taken    Decision = 1
)

func decide(taken bool) Decision {
	if taken {
		return Taken
	}
	return NotTaken
}

// Decide says what is known of the condition a op b.
func Decide(a, b *Scalar, op uint8, is32 bool) Decision { return decideBy(Rules{}, a, b, op, is32) }

// decideBy is Decide by the rules of a kernel.
func decideBy(by Rules, a, b *Scalar, op uint8, is32 bool) Decision {
	switch op {
	case insn.JEQ, insn.JNE:
		d := equal(by, a, b, is32)
		if op == insn.JNE && d != Either {
			d ^= 1
		}
		return d
	case insn.JSET:
		if !b.IsConstAt(is32) {
			a, b = b, a
		}
		if !b.IsConstAt(is32) {
			return Either
		}
		val := b.ConstAt(is32)
		if a.Var.Value&val != 0 {
			return Taken
		}
		if a.Var.Max()&val == 0 {
			return NotTaken
		}
		return Either
	case insn.JGT, insn.JGE, insn.JLT, insn.JLE:
		if is32 {
			return order(op, a.UMin32(), a.UMax32(), b.UMin32(), b.UMax32())
		}
		return order(op, a.UMin(), a.UMax(), b.UMin(), b.UMax())
	case insn.JSGT, insn.JSGE, insn.JSLT, insn.JSLE:
		if is32 {
			return order(op, a.S32Min, a.S32Max, b.S32Min, b.S32Max)
		}
		return order(op, a.Smin, a.Smax, b.Smin, b.Smax)
	}
	return Either
}

// DecideSame says what is known of the condition a op a.
func DecideSame(a *Scalar, op uint8, is32 bool) Decision {
	switch op {
	case insn.JEQ, insn.JGE, insn.JLE, insn.JSGE, insn.JSLE:
		return Taken
	case insn.JNE, insn.JGT, insn.JLT, insn.JSGT, insn.JSLT:
		return NotTaken
	case insn.JSET: // not zero
		if a.IsConstAt(is32) {
			return decide(a.ConstAt(is32) != 0)
		}
		if is32 && (a.S32Min > 0 || a.S32Max < 0) || !is32 && (a.Smin > 0 || a.Smax < 0) {
			return Taken
		}
	}
	return Either
}

// equal decides a == b.
func equal(by Rules, a, b *Scalar, is32 bool) Decision {
	va, vb := a.Var, b.Var
	if is32 {
		va, vb = va.Subreg(), vb.Subreg()
	}
	switch {
	case va.IsConst() && vb.IsConst():
		return decide(va.Value == vb.Value)
	// Even a 64-bit comparison fails if the lower halves can't be equal.
	case a.UMin32() > b.UMax32() || a.UMax32() < b.UMin32(),
		a.S32Min > b.S32Max || a.S32Max < b.S32Min:
		return NotTaken
	case !is32 && (a.UMin() > b.UMax() || a.UMax() < b.UMin() || a.Smin > b.Smax || a.Smax < b.Smin):
		return NotTaken
	case !va.Overlaps(vb) && !by.lacks(BitsCompared):
		return NotTaken
	}
	return Either
}

// order decides an inequality from the ranges, signed or unsigned as T is.
func order[T unsigned | signed](op uint8, amin, amax, bmin, bmax T) Decision {
	switch op {
	case insn.JGT, insn.JSGT: // the same as b < a
		op, amin, amax, bmin, bmax = insn.JLT, bmin, bmax, amin, amax
	case insn.JGE, insn.JSGE:
		op, amin, amax, bmin, bmax = insn.JLE, bmin, bmax, amin, amax
	}
	if op == insn.JLT || op == insn.JSLT {
		switch {
		case amax < bmin:
			return Taken
		case amin >= bmax:
			return NotTaken
		}
		return Either
	}
	switch {
	case amax <= bmin:
		return Taken
	case amin > bmax:
		return NotTaken
	}
	return Either
}

// Refine narrows a and b by the knowledge that a op b holds; op may be NotJSET. a and
// b may be the same. Sync must follow for both.
func Refine(a, b *Scalar, op uint8, is32 bool) { refineBy(Rules{}, a, b, op, is32) }

// refineBy is Refine by the rules of a kernel.
func refineBy(by Rules, a, b *Scalar, op uint8, is32 bool) {
	switch op {
	case insn.JGT, insn.JGE, insn.JSGT, insn.JSGE:
		a, b, op = b, a, Flip(op)
	case insn.JNE, insn.JSET, NotJSET:
		if !b.IsConstAt(is32) {
			a, b = b, a
		}
		switch {
		case !b.IsConstAt(is32):
		case by.Circular && op == insn.JNE:
			a.circularUnequal(b.ConstAt(is32), is32)
		default:
			a.refineConst(by, op, b.ConstAt(is32), is32)
		}
		return
	}
	switch {
	case by.Circular:
		circularRefine(a, b, op, is32)
	case is32:
		refine32(a, b, op)
	default:
		refine64(a, b, op)
	}
}

// The orders of assignment below matter when a and b are the same.

func refine64(a, b *Scalar, op uint8) {
	switch op {
	case insn.JEQ:
		a.Umin, a.Umax = max(a.Umin, b.Umin), min(a.Umax, b.Umax)
		a.Smin, a.Smax = max(a.Smin, b.Smin), min(a.Smax, b.Smax)
		b.Umin, b.Umax, b.Smin, b.Smax = a.Umin, a.Umax, a.Smin, a.Smax
		a.Var = a.Var.Intersect(b.Var)
		b.Var = a.Var
	case insn.JLE:
		a.Umax = min(a.Umax, b.Umax)
		b.Umin = max(a.Umin, b.Umin)
	case insn.JLT:
		a.Umax = min(a.Umax, b.Umax-1)
		b.Umin = max(a.Umin+1, b.Umin)
	case insn.JSLE:
		a.Smax = min(a.Smax, b.Smax)
		b.Smin = max(a.Smin, b.Smin)
	case insn.JSLT:
		a.Smax = min(a.Smax, b.Smax-1)
		b.Smin = max(a.Smin+1, b.Smin)
	}
}

func refine32(a, b *Scalar, op uint8) {
	switch op {
	case insn.JEQ:
		a.U32Min, a.U32Max = max(a.U32Min, b.U32Min), min(a.U32Max, b.U32Max)
		a.S32Min, a.S32Max = max(a.S32Min, b.S32Min), min(a.S32Max, b.S32Max)
		b.U32Min, b.U32Max, b.S32Min, b.S32Max = a.U32Min, a.U32Max, a.S32Min, a.S32Max
		both := a.Var.Subreg().Intersect(b.Var.Subreg())
		a.Var = a.Var.WithSubreg(both)
		b.Var = b.Var.WithSubreg(both)
	case insn.JLE:
		a.U32Max = min(a.U32Max, b.U32Max)
		b.U32Min = max(a.U32Min, b.U32Min)
	case insn.JLT:
		a.U32Max = min(a.U32Max, b.U32Max-1)
		b.U32Min = max(a.U32Min+1, b.U32Min)
	case insn.JSLE:
		a.S32Max = min(a.S32Max, b.S32Max)
		b.S32Min = max(a.S32Min, b.S32Min)
	case insn.JSLT:
		a.S32Max = min(a.S32Max, b.S32Max-1)
		b.S32Min = max(a.S32Min+1, b.S32Min)
	}
}

// refineConst narrows s by s != val, s & val, or !(s & val).
func (s *Scalar) refineConst(by Rules, op uint8, val uint64, is32 bool) {
	switch op {
	case insn.JNE: // only an end of a range can be cut off
		if is32 {
			s.U32Min, s.U32Max = cut(s.U32Min, s.U32Max, uint32(val))
			s.S32Min, s.S32Max = cut(s.S32Min, s.S32Max, int32(val))
		} else {
			s.Umin, s.Umax = cut(s.Umin, s.Umax, val)
			s.Smin, s.Smax = cut(s.Smin, s.Smax, int64(val))
		}
	case insn.JSET: // that one of several bits is set tells of none
		if bits.OnesCount64(val) == 1 {
			if is32 {
				s.Var = s.Var.WithSubreg(s.Var.Subreg().Or(Tnum{Value: val}))
			} else {
				s.Var = s.Var.Or(Tnum{Value: val})
			}
		}
	case NotJSET:
		if !by.lacks(RangesForgotten) {
			s.Unbound() // they come back from the bits; on a dead path they would contradict
		}
		if is32 {
			s.Var = s.Var.WithSubreg(s.Var.Subreg().And(Tnum{Value: ^val}))
		} else {
			s.Var = s.Var.And(Tnum{Value: ^val})
		}
	}
}

// cut takes val off an end of lo..hi.
func cut[T unsigned | signed](lo, hi, val T) (T, T) {
	if lo == val {
		lo++
	}
	if hi == val {
		hi--
	}
	return lo, hi
}
