package scalar

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// olderMembers are sets as older rules make them, and one value of each.
var olderMembers = rapid.Custom(func(t *rapid.T) member {
	m := member{Unknown(), interesting.Draw(t, "v")}
	lower := rapid.Bool().Draw(t, "lower bits")
	r := Rules{Older: true, Lacks: func(rule Rule) bool { return rule == LowerBits && !lower }}
	for range rapid.IntRange(0, 4).Draw(t, "steps") {
		c := Const(interesting.Draw(t, "bound"))
		op := rapid.SampledFrom(conditions).Draw(t, "cond")
		is32 := rapid.Bool().Draw(t, "is32")
		yes, no := m.s, m.s
		olderNarrow(r, &no, &c, &yes, &c, op, is32)
		m.s = no
		if holds(op, is32, m.v, c.Umin) {
			m.s = yes
		}
	}
	return m
})

// What is known by older rules is true.
func TestOlderRulesAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := olderMembers.Draw(t, "a"), olderMembers.Draw(t, "b")
		if !a.s.Contains(a.v) {
			t.Fatalf("%+v lacks %#x", a.s, a.v)
		}
		op := rapid.SampledFrom(operations).Draw(t, "op")
		is32 := rapid.Bool().Draw(t, "is32")
		r := Rules{Older: true, Lacks: rapid.SampledFrom([]func(Rule) bool{nil, func(r Rule) bool { return r == LowerBits }}).Draw(t, "lacks")}
		if op != insn.NEG && r.Computable(op, is32, &b.s) {
			got, val := a.s, compute(op, is32, a.v, b.v)
			if r.ALU(&got, op, is32, &b.s); !got.Contains(val) {
				t.Fatalf("%#x, which is op %#x of %#x and %#x (32 bits: %v), is not in %+v", val, op, a.v, b.v, is32, got)
			}
		}
		cond := rapid.SampledFrom(conditions).Draw(t, "cond")
		want := decide(holds(cond, is32, a.v, b.v))
		if got := olderDecide(&a.s, &b.s, cond, is32); got != Either && got != want {
			t.Fatalf("condition %#x of %#x and %#x (32 bits: %v) is decided %v", cond, a.v, b.v, is32, got)
		}
		cut := a.s
		if size := rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "size"); size < 4 {
			if cut.olderTruncate(Rules{Older: true}, size); !cut.Contains(a.v & (1<<(8*size) - 1)) {
				t.Fatalf("%d bytes of %#x are not in %+v", size, a.v, cut)
			}
		}
	})
}

// On a path that can't be, ends that contradict each other tell the lower half nothing, though one of them would fit.
func TestOlderContradictions(t *testing.T) {
	r := Rules{Older: true}
	a, c := Unknown(), Const(0xfffffffffffff800)
	ta := a
	r.Narrow(&a, &c, &ta, &c, insn.JLE, false) // -2047 <= a < 0
	want, known := a, Const(0xfffffff5)
	r.Narrow(&known, &a, &known, &ta, insn.JSGE, false)
	if a != want {
		t.Errorf("%+v, want %+v", a, want)
	}

	// A sum of them contradicts itself, too: it does not go around the largest number, as it would on 7.2.
	b := Const(0)
	b.U32Min, b.Umin, b.S32Min = 20, 20, 20
	most := Const(math.MaxInt32)
	r.ALU(&b, insn.ADD, true, &most)
	if b.Var != most.Var || b.Umin <= b.Umax {
		t.Errorf("%+v has ends in order", b)
	}
}

// Examples in which the newest rules know more.
func TestOlderRulesKnowLess(t *testing.T) {
	older, newest := Rules{Older: true}, Rules{}
	a, b := Unknown(), Unknown()
	b.Umax = 7
	older.Sync(&b)
	for _, r := range []Rules{older, newest} {
		x, y, tx, ty := a, b, a, b
		r.Narrow(&x, &y, &tx, &ty, insn.JLT, false)
		if known := tx.Umax < 7; known == r.Older {
			t.Errorf("%+v: of x < y, y <= 7 follows x <= %d", r, tx.Umax)
		}
		if r.Computable(insn.MUL, false, &b) == r.Older {
			t.Errorf("%+v: a product of what is not known is computed: %v", r, r.Older)
		}
	}
}
