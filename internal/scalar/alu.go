package scalar

import (
	"math"
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Computable reports whether the operation's result can be told from its operands;
// otherwise it is unknown. Shifts need a constant in range; division is not tracked.
func Computable(op uint8, is32 bool, src *Scalar) bool {
	switch op {
	case insn.ADD, insn.SUB, insn.NEG, insn.MUL, insn.AND, insn.OR, insn.XOR, insn.END:
		return true
	case insn.LSH, insn.RSH, insn.ARSH:
		if is32 {
			return src.Var.IsSubregConst() && src.S32Min == src.S32Max && src.U32Min == src.U32Max && src.Umax < 32
		}
		return src.Var.IsConst() && src.Smin == src.Smax && src.Umin == src.Umax && src.Umax < 64
	}
	return false
}

// ALU makes s the result of s op src for a Computable operation other than END. A
// 32-bit operation computes with the lower halves and zero-extends. src may be s; NEG
// ignores it.
func (s *Scalar) ALU(op uint8, is32 bool, src *Scalar) { s.aluBy(Rules{}, op, is32, src) }

// aluBy is ALU by the rules of a kernel.
func (s *Scalar) aluBy(by Rules, op uint8, is32 bool, src *Scalar) {
	if src.exactly(src.Var.Value) && s.exactly(s.Var.Value) {
		*s = Const(constant(op, is32, s.Var.Value, src.Var.Value))
		return
	}
	switch {
	case by.Apart != nil:
		other := *s
		other.circularALU(op, is32, src)
		s.alu(by.alone(), op, is32, src)
		by.tell(*s == other)
	case by.Circular:
		s.circularALU(op, is32, src)
	default:
		s.alu(by, op, is32, src)
	}
}

// constant is a op b, of which alu and circularALU have the kernel's rules for sets; of single values they come to this.
func constant(op uint8, is32 bool, a, b uint64) uint64 {
	if is32 && op == insn.RSH {
		a &= math.MaxUint32
	}
	switch op {
	case insn.ADD:
		a += b
	case insn.SUB:
		a -= b
	case insn.NEG:
		a = -a
	case insn.MUL:
		a *= b
	case insn.AND:
		a &= b
	case insn.OR:
		a |= b
	case insn.XOR:
		a ^= b
	case insn.LSH:
		a <<= b
	case insn.RSH:
		a >>= b
	case insn.ARSH:
		if is32 {
			a = uint64(int64(int32(a)) >> b)
		} else {
			a = uint64(int64(a) >> b)
		}
	}
	if is32 {
		a &= math.MaxUint32
	}
	return a
}

func (s *Scalar) alu(by Rules, op uint8, is32 bool, src *Scalar) {
	o := *src
	switch op {
	case insn.ADD:
		s.add(by, &o)
	case insn.SUB:
		s.sub(by, &o)
	case insn.NEG:
		o = *s
		*s = Const(0)
		s.sub(by, &o)
	case insn.MUL:
		s.mul(by, &o)
	case insn.AND:
		s.and(by, &o)
	case insn.OR:
		s.or(by, &o)
	case insn.XOR:
		s.xor(by, &o)
	default:
		s.shift(op, is32, &o)
	}
	if is32 {
		s.ZeroExtend32()
	}
	s.syncBy(by)
}

func (s *Scalar) add(by Rules, o *Scalar) {
	s.S32Min, s.S32Max = addSigned(s.S32Min, s.S32Max, o.S32Min, o.S32Max)
	s.U32Min, s.U32Max = addUnsigned(by, s.U32Min, s.U32Max, o.U32Min, o.U32Max)
	s.Smin, s.Smax = addSigned(s.Smin, s.Smax, o.Smin, o.Smax)
	s.Umin, s.Umax = addUnsigned(by, s.Umin, s.Umax, o.Umin, o.Umax)
	s.Var = s.Var.Add(o.Var)
}

func (s *Scalar) sub(by Rules, o *Scalar) {
	s.S32Min, s.S32Max = subSigned(s.S32Min, s.S32Max, o.S32Min, o.S32Max)
	s.U32Min, s.U32Max = subUnsigned(by, s.U32Min, s.U32Max, o.U32Min, o.U32Max)
	s.Smin, s.Smax = subSigned(s.Smin, s.Smax, o.Smin, o.Smax)
	s.Umin, s.Umax = subUnsigned(by, s.Umin, s.Umax, o.Umin, o.Umax)
	s.Var = s.Var.Sub(o.Var)
}

func (s *Scalar) mul(by Rules, o *Scalar) {
	product := s.Var.Mul(o.Var)
	if product.Mask != 0 {
		if older := s.Var.olderMul(o.Var); older != product && by.lacks(ProductBits) {
			product = older
		}
	}
	s.Var = product
	older := *s
	s.mulRanges(o)
	if older.mulPositive(o); older != *s && by.lacks(SignedProducts) {
		*s = older
	}
}

// mulRanges takes the ranges of a product.
func (s *Scalar) mulRanges(o *Scalar) {
	lo, hi := uint64(s.U32Min)*uint64(o.U32Min), uint64(s.U32Max)*uint64(o.U32Max)
	if (lo|hi)>>32 != 0 {
		lo, hi = 0, math.MaxUint32
	}
	s.U32Min, s.U32Max = uint32(lo), uint32(hi)

	a, b := int64(s.S32Min)*int64(o.S32Min), int64(s.S32Min)*int64(o.S32Max)
	c, d := int64(s.S32Max)*int64(o.S32Min), int64(s.S32Max)*int64(o.S32Max)
	least, most := min(a, b, c, d), max(a, b, c, d)
	if least < math.MinInt32 || most > math.MaxInt32 {
		least, most = math.MinInt32, math.MaxInt32
	}
	s.S32Min, s.S32Max = int32(least), int32(most)

	over1, ulo := bits.Mul64(s.Umin, o.Umin)
	over2, uhi := bits.Mul64(s.Umax, o.Umax)
	if over1|over2 != 0 {
		ulo, uhi = 0, math.MaxUint64
	}
	s.Umin, s.Umax = ulo, uhi

	a, ok1 := mulS64(s.Smin, o.Smin)
	b, ok2 := mulS64(s.Smin, o.Smax)
	c, ok3 := mulS64(s.Smax, o.Smin)
	d, ok4 := mulS64(s.Smax, o.Smax)
	if ok1 && ok2 && ok3 && ok4 {
		s.Smin, s.Smax = min(a, b, c, d), max(a, b, c, d)
	} else {
		s.Smin, s.Smax = math.MinInt64, math.MaxInt64
	}
}

// mulS64 multiplies and reports whether the product fits.
func mulS64(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	hi -= uint64(a>>63&b) + uint64(b>>63&a)
	return int64(lo), int64(hi) == int64(lo)>>63
}

type unsigned interface{ uint32 | uint64 }
type signed interface{ int32 | int64 }

// addSigned adds ranges; if an end overflows nothing is known.
func addSigned[S signed](amin, amax, bmin, bmax S) (S, S) {
	lo, hi := amin+bmin, amax+bmax
	// A sum overflows if its sign differs from that of both operands.
	if (lo^amin)&(lo^bmin) < 0 || (hi^amax)&(hi^bmax) < 0 {
		return signedAll[S]()
	}
	return lo, hi
}

// addUnsigned adds ranges; if all sums wrap around, or none, the result is a range.
func addUnsigned[U unsigned](by Rules, amin, amax, bmin, bmax U) (U, U) {
	lo, hi := amin+bmin, amax+bmax
	if hi < amax && (lo >= amin || by.lacks(SumsWrap)) {
		return 0, ^U(0)
	}
	return lo, hi
}

func subSigned[S signed](amin, amax, bmin, bmax S) (S, S) {
	lo, hi := amin-bmax, amax-bmin
	if (amin^bmax)&(amin^lo) < 0 || (amax^bmin)&(amax^hi) < 0 {
		return signedAll[S]()
	}
	return lo, hi
}

func subUnsigned[U unsigned](by Rules, amin, amax, bmin, bmax U) (U, U) {
	if amin < bmax && (amax >= bmin || by.lacks(SumsWrap)) {
		return 0, ^U(0)
	}
	return amin - bmax, amax - bmin
}

func signedAll[S signed]() (S, S) {
	top := S(math.MinInt32)
	if wide := top << 31 << 1; wide != 0 { // only in 64 bits
		top = wide
	}
	return top, ^top
}
