package state

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Walked back over, a history has the steps that were added to it, whatever is added to copies that share some.
func TestHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pool := new(Pool)
		st := pool.State()
		st.Frames[0] = pool.Frame()
		var want []JmpHistory
		add := func(n int, to *State, steps []JmpHistory) []JmpHistory {
			for range n {
				step := NewHistory(len(steps), rapid.IntRange(0, 9).Draw(t, "from"), 0, 0)
				to.History.Add(step)
				steps = append(steps, step)
			}
			return steps
		}
		count := rapid.IntRange(0, 3*stretchLen)
		want = add(count.Draw(t, "shared"), st, want)
		other := pool.State()
		pool.Copy(other, st)
		wantOther := add(count.Draw(t, "other"), other, slices.Clone(want))
		want = add(count.Draw(t, "own"), st, want)
		for _, tt := range []struct {
			st   *State
			want []JmpHistory
		}{{st, want}, {other, wantOther}} {
			n := len(tt.want)
			if limit := rapid.IntRange(0, stretchLen-1).Draw(t, "limit"); tt.st.History.Longer(limit) != (n > limit) {
				t.Errorf("%d steps are longer than %d: %v", n, limit, n <= limit)
			}
			way := tt.st.History.Back()
			for i, want := range slices.Backward(tt.want) {
				if got := way.Step(); got == nil || *got != want || way.One() != (i == 0) {
					t.Fatalf("step %d of %d: %v", i, n, got)
				}
				way.Pass()
			}
			if way.Step() != nil {
				t.Errorf("a step before the first of %d", n)
			}
		}
	})
}
