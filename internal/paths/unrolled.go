package paths

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// unrolled is no way to settle loops: no path ends in a state that it comes from, so marks are final when all paths from
// a state are walked.
type unrolled struct{}

// Remembered has nothing to note.
func (unrolled) Remembered(*state.Checkpoint) {}

// Met is never told of a loop.
func (unrolled) Met(*state.Checkpoint, *state.Common) error { return nil }

// Done has nothing to settle.
func (unrolled) Done(state.Chain) error { return nil }

// Unsettled reports no state.
func (unrolled) Unsettled(*state.Checkpoint) bool { return false }

// Keeps reports states whose marks were not final when they left their list: the kernel keeps those to the end.
func (unrolled) Keeps(st *state.Checkpoint) bool { return !st.Cleaned }

// Forget has nothing to drop.
func (unrolled) Forget() {}

// forgetPrecise takes the marks from all numbers of a state.
func forgetPrecise(st *state.State) {
	st.EachReg(func(_ *state.Frame, r *state.Reg) {
		if r.Type == abi.SCALAR_VALUE {
			r.Precise = false
		}
	})
}
