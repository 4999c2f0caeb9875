package scratch_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/scratch"
)

type pair struct {
	a uint16
	b [3]bool
}

// What is lent is zero, whatever it was before, and is nobody else's.
func TestLentIsZeroAndApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s scratch.Space
		for range 4 {
			var bytes [][]uint8
			var pairs [][]pair
			for range rapid.IntRange(0, 20).Draw(t, "slices") {
				b, p := scratch.Make[uint8](&s, rapid.IntRange(0, 50).Draw(t, "bytes")), scratch.Make[pair](&s, rapid.IntRange(0, 50).Draw(t, "pairs"))
				if slices.ContainsFunc(b, func(x uint8) bool { return x != 0 }) || slices.ContainsFunc(p, func(x pair) bool { return x != pair{} }) {
					t.Fatal("not zero")
				}
				n := uint8(len(bytes) + 1)
				for i := range b {
					b[i] = n
				}
				for i := range p {
					p[i] = pair{uint16(n), [3]bool{true, true, true}}
				}
				bytes, pairs = append(bytes, b), append(pairs, p)
			}
			for i := range bytes {
				n := uint8(i + 1)
				if slices.ContainsFunc(bytes[i], func(x uint8) bool { return x != n }) || slices.ContainsFunc(pairs[i], func(x pair) bool { return x.a != uint16(n) }) {
					t.Fatal("lent twice")
				}
			}
			s.Reset()
		}
	})
}

func TestWorkAfterTheFirstTakesNothing(t *testing.T) {
	var s scratch.Space
	work := func() {
		for n := range 30 {
			scratch.Make[uint32](&s, n)
		}
		s.Reset()
	}
	work()
	if n := testing.AllocsPerRun(10, work); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestPointersAreRefused(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("pointers were lent")
		}
	}()
	scratch.Make[struct{ p *int }](new(scratch.Space), 1)
}
