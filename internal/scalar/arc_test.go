package scalar

import (
	"testing"

	"pgregory.net/rapid"
)

func TestArcEnds(t *testing.T) {
	for _, a := range []struct {
		arc              arc[uint32]
		lo, hi, slo, shi uint32
	}{
		{between[uint32](3, 9), 3, 9, 3, 9},
		{between[uint32](1<<32-2, 5), 0, 1<<32 - 1, 1<<32 - 2, 5},
		{between[uint32](5, 1<<31), 5, 1 << 31, 1 << 31, 1<<31 - 1},
		{between[uint32](9, 3), 0, 1<<32 - 1, 1 << 31, 1<<31 - 1},
		{all[uint32](), 0, 1<<32 - 1, 1 << 31, 1<<31 - 1},
		{between[uint32](7, 6), 0, 1<<32 - 1, 1 << 31, 1<<31 - 1},
		{none[uint32](), 0, 1<<32 - 1, 1<<32 - 2, 1<<32 - 1},
	} {
		lo, hi := a.arc.unsigned()
		slo, shi := a.arc.signed()
		if lo != a.lo || hi != a.hi || slo != a.slo || shi != a.shi {
			t.Errorf("%+v: from %#x to %#x, signed %#x to %#x", a.arc, lo, hi, slo, shi)
		}
	}
}

var arcs = rapid.Custom(func(t *rapid.T) arc[uint32] {
	edge := rapid.OneOf(rapid.SampledFrom([]uint32{0, 1, 2, 1<<31 - 2, 1<<31 - 1, 1 << 31, 1<<31 + 1, 1<<32 - 2, 1<<32 - 1}), rapid.Uint32())
	if rapid.IntRange(0, 20).Draw(t, "none") == 0 {
		return none[uint32]()
	}
	return between(edge.Draw(t, "lo"), edge.Draw(t, "hi"))
})

// What both arcs have their meeting has, and it has nothing that neither has. What is on one of two pieces is on the
// smaller operand, which is then the answer.
func TestArcsMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := arcs.Draw(t, "a"), arcs.Draw(t, "b")
		m := a.meet(b)
		if again := b.meet(a); m != again {
			t.Fatalf("%+v one way, %+v the other", m, again)
		}
		ends := []uint32{a.base, a.last(), b.base, b.last(), m.base, m.last(), rapid.Uint32().Draw(t, "n")}
		for _, n := range ends {
			for _, n := range []uint32{n - 1, n, n + 1} {
				switch {
				case a.has(n) && b.has(n) && !m.has(n):
					t.Fatalf("%#x is lost in %+v", n, m)
				case m.has(n) && !a.has(n) && !b.has(n):
					t.Fatalf("%#x is new in %+v", n, m)
				case m != a && m != b && m.has(n) && !(a.has(n) && b.has(n)):
					t.Fatalf("%#x is not on both, nor is %+v one of them", n, m)
				}
			}
		}
		if !a.covers(m) && !b.covers(m) {
			t.Fatalf("%+v is on neither", m)
		}
		if m.size > min(a.size, b.size) && !m.empty() {
			t.Fatalf("%+v is larger than one of them", m)
		}
	})
}

// A number of the sum is a sum of numbers, and one of the lower halves is one.
func TestArcsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := arcs.Draw(t, "a"), arcs.Draw(t, "b")
		if a.empty() || b.empty() {
			if !a.plus(b).empty() || !a.minus(b).empty() {
				t.Fatal("a sum of nothing")
			}
			return
		}
		x, y := a.base+rapid.Uint32Range(0, a.size).Draw(t, "x"), b.base+rapid.Uint32Range(0, b.size).Draw(t, "y")
		sum, diff := a.plus(b), a.minus(b)
		if !sum.has(x+y) || !diff.has(x-y) {
			t.Fatalf("%#x, %#x: sums %+v, differences %+v", x, y, sum, diff)
		}
		if exact := uint64(a.size)+uint64(b.size) < 1<<32; exact && (sum.size != a.size+b.size || diff.size != sum.size) {
			t.Fatalf("sums %+v, differences %+v", sum, diff)
		}
	})
}

// covers is what it says, of arcs small enough to be counted out.
func TestArcsCover(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := arcs.Draw(t, "a"), arcs.Draw(t, "b")
		want := b.empty() || !a.empty() && (a.size == 1<<32-1 || a.has(b.base) && b.size <= a.last()-b.base)
		if a.covers(b) != want {
			t.Fatalf("%v", !want)
		}
	})
}

// A whole number whose lower half is on an arc stays; ends whose halves are not on it go.
func TestWithLower(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := between(interesting.Draw(t, "lo"), interesting.Draw(t, "hi"))
		low := arcs.Draw(t, "low")
		got := withLower(whole, low)
		n := whole.base + rapid.Uint64Range(0, whole.size).Draw(t, "n")
		if low.has(uint32(n)) && !got.has(n) {
			t.Fatalf("%#x is lost in %+v", n, got)
		}
		if !lower(whole).has(uint32(n)) {
			t.Fatalf("the lower half of %#x is not in %+v", n, lower(whole))
		}
		if got.empty() {
			return
		}
		if !whole.covers(got) {
			t.Fatalf("%+v has more", got)
		}
		if whole.size != 1<<64-1 && !low.has(uint32(got.base)) {
			t.Fatalf("%+v starts with a number that can't be", got)
		}
	})
}

// Ranges are an arc again.
func TestArcsAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := between(interesting.Draw(t, "lo"), interesting.Draw(t, "hi"))
		low := arcs.Draw(t, "low")
		var s Scalar
		s.set64(whole)
		s.set32(low)
		if s.arc64() != whole || s.arc32() != low {
			t.Fatalf("%+v and %+v, kept as %+v, are %+v and %+v", whole, low, s, s.arc64(), s.arc32())
		}
		lo, hi := whole.unsigned()
		lo32, hi32 := low.unsigned()
		if s.UMin() != lo || s.UMax() != hi || !low.empty() && (s.UMin32() != lo32 || s.UMax32() != hi32) {
			t.Fatalf("%+v", s)
		}
		if s.Empty() != low.empty() {
			t.Fatalf("%+v is empty: %v", s, s.Empty())
		}
	})
}
