package scalar

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// kernels draws rules: Linux 6.18's but for any that are missing.
var kernels = rapid.Custom(func(t *rapid.T) Rules {
	missing := rapid.Uint16Range(0, 1<<NumRules-1).Draw(t, "missing")
	return Rules{Lacks: func(r Rule) bool { return missing&(1<<r) != 0 }}
})

// narrowed draws a set as a program makes it by these rules, and one of its values.
func narrowed(t *rapid.T, r Rules) member {
	m := member{Unknown(), interesting.Draw(t, "v")}
	for range rapid.IntRange(0, 4).Draw(t, "steps") {
		val := interesting.Draw(t, "const")
		c := Const(val)
		if rapid.Bool().Draw(t, "masks") {
			r.ALU(&m.s, insn.AND, false, &c)
			m.v &= val
			continue
		}
		op, is32 := rapid.SampledFrom(conditions).Draw(t, "cond"), rapid.Bool().Draw(t, "is32")
		yes, no, c2 := m.s, m.s, c
		r.Narrow(&no, &c, &yes, &c2, op, is32)
		m.s = no
		if holds(op, is32, m.v, val) {
			m.s = yes
		}
	}
	return m
}

// Whatever rules are missing, what is known is true, and nothing is known that Linux 6.18 doesn't know.
func TestRulesOfKernelsAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := kernels.Draw(t, "rules")
		a, b := narrowed(t, r), narrowed(t, r)
		for _, m := range []member{a, b} {
			if !m.s.Contains(m.v) {
				t.Fatalf("%+v lacks %#x", m.s, m.v)
			}
		}
		op, is32 := rapid.SampledFrom(operations).Draw(t, "op"), rapid.Bool().Draw(t, "is32")
		if r.Computable(op, is32, &b.s) {
			got, val := a.s, compute(op, is32, a.v, b.v)
			if r.ALU(&got, op, is32, &b.s); !got.Contains(val) {
				t.Fatalf("%#x, which is op %#x of %#x and %#x (32 bits: %v), is not in %+v", val, op, a.v, b.v, is32, got)
			}
		}
		cond := rapid.SampledFrom(conditions).Draw(t, "cond")
		want := decide(holds(cond, is32, a.v, b.v))
		if got := r.Decide(&a.s, &b.s, cond, is32); got != Either && got != want {
			t.Fatalf("condition %#x of %#x and %#x (32 bits: %v) is decided %v", cond, a.v, b.v, is32, got)
		}
		size := rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "size")
		cut := a.s
		if r.Truncate(&cut, size); !cut.Contains(a.v & (1<<(8*size) - 1)) {
			t.Fatalf("%d bytes of %#x are not in %+v", size, a.v, cut)
		}
		sum, val := a.s, interesting.Draw(t, "addend")
		r.AddConst(&sum, val)
		if r.Sync(&sum); !sum.Contains(a.v + val) {
			t.Fatalf("%#x+%#x is not in %+v", a.v, val, sum)
		}
	})
}

// Examples of what a rule tells, and what is known without it.
func TestRuleDecides(t *testing.T) {
	ranged := func(change func(*Scalar)) Scalar {
		s := Unknown()
		change(&s)
		Rules{}.Sync(&s)
		return s
	}
	byOp := func(op uint8, a, b Scalar) func(Rules) any {
		return func(r Rules) any {
			a := a
			r.ALU(&a, op, false, &b)
			return a
		}
	}
	synced := func(change func(*Scalar)) func(Rules) any {
		return func(r Rules) any {
			s := Unknown()
			change(&s)
			r.Sync(&s)
			return s
		}
	}
	small := ranged(func(s *Scalar) { s.Umax = 7 })
	negative := ranged(func(s *Scalar) { s.Smin, s.Smax = -8, -1 })
	huge := ranged(func(s *Scalar) { s.Umin, s.Umax = 3<<62-5, 3<<62+5 })
	odd := ranged(func(s *Scalar) { s.Var = Tnum{1, ^uint64(1)} })
	for _, test := range []struct {
		rule Rule
		name string
		tell func(Rules) any
	}{
		{SignedProducts, "a negative number times a small one", byOp(insn.MUL, negative, small)},
		{SumsWrap, "a huge number and another", byOp(insn.ADD, huge, huge)},
		{SumsWrap, "a small number without a larger one", byOp(insn.SUB, small, ranged(func(s *Scalar) { s.Umin, s.Umax = 1<<63-5, 1<<63+5 }))},
		{SignCrossing, "-8 to 7, and unsigned not so high", synced(func(s *Scalar) { s.Smin, s.Smax, s.Umax = -8, 7, 1<<63 })},
		{SignCrossing, "-8 to 7, and unsigned above 100", synced(func(s *Scalar) { s.Smin, s.Smax, s.Umin = -8, 7, 100 })},
		{SignCrossing32, "lower half -8 to 7, and unsigned not so high", synced(func(s *Scalar) { s.S32Min, s.S32Max, s.U32Max = -8, 7, 1<<31 })},
		{ThirdRound, "up to 2^63, of which the lower half is high", synced(func(s *Scalar) {
			s.Umin, s.Umax, s.U32Min, s.U32Max = 1<<63-8, 1<<63+3, 1<<31-4, 1<<31+7
		})},
		{ProductBits, "14 times 2^45 or 5 times that", byOp(insn.MUL, ranged(func(s *Scalar) { s.Var = Tnum{1 << 45, 4 << 45} }), Const(14))},
		{BitsCompared, "an odd number is not 2", func(r Rules) any {
			a, b := odd, Const(2)
			return r.Decide(&a, &b, insn.JEQ, false)
		}},
		{LoneMember, "multiples of 16 from 1 to 31", synced(func(s *Scalar) { s.Var, s.Umin, s.Umax = Tnum{Mask: ^uint64(15)}, 1, 31 })},
		{RangesForgotten, "9 to 40 without bit 3", func(r Rules) any {
			a := ranged(func(s *Scalar) { s.Umin, s.Umax = 9, 40 })
			c := Const(8)
			ta, tc := a, c
			r.Narrow(&a, &c, &ta, &tc, insn.JSET, false)
			return a
		}},
	} {
		with := test.tell(Rules{})
		asked := false
		without := test.tell(Rules{Lacks: func(r Rule) bool { asked = asked || r == test.rule; return r == test.rule }})
		if !asked || with == without {
			t.Errorf("%s: rule %d asked: %v; with it %+v, without it %+v", test.name, test.rule, asked, with, without)
		}
	}
}

// A rule that would tell nothing new is not asked for, so that kernels with it and without can share a walk.
func TestRulesAreAskedWhereTheyDecide(t *testing.T) {
	asked := Rules{Lacks: func(r Rule) bool { t.Errorf("asked for rule %d", r); return false }}
	a, b := Unknown(), Const(12)
	asked.ALU(&a, insn.AND, false, &b)
	asked.ALU(&a, insn.ADD, false, &b)
	b.SetConst(20)
	c := Const(3)
	asked.ALU(&c, insn.MUL, false, &b)
	ta, tb := a, b
	asked.Narrow(&a, &b, &ta, &tb, insn.JLT, false)
	asked.Decide(&a, &b, insn.JEQ, false)
}
