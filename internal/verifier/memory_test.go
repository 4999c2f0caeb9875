package verifier_test

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// counted is a loop of which every round is new: its counter decides a branch, so no round ends in the state
// of another.
const counted = `
r6 = 0
r1 = r10
r1 += -8
r2 = 0
r3 = 4
call kfunc:bpf_iter_num_new
again:
r1 = r10
r1 += -8
call kfunc:bpf_iter_num_next
if r0 == 0 goto out
r6 += 1
if r6 != 99999999 goto again
out:
r1 = r10
r1 += -8
call kfunc:bpf_iter_num_destroy
r0 = 0
exit`

func TestMemoryBudget(t *testing.T) {
	m := loadModel(t)
	tb := table{whole: true}
	q := tb.question(t, m, &testCase{name: "counted", code: counted})
	shared := state.NewBudget(32 << 20)
	for range 2 { // the second finds all of it again
		out := verifier.Verify(t.Context(), q.img, m, verifier.Options{Memory: shared})
		if out.Verdict != verifier.Unsupported || out.Crowded ||
			out.Message != "verification was stopped: its states need more than 32 MiB of memory" {
			t.Errorf("verdict %d, crowded %v: %s", out.Verdict, out.Crowded, out.Message)
		}
		if out.TotalStates < 1000 {
			t.Errorf("stopped after %d states", out.TotalStates)
		}
	}

	var other state.Pool
	other.Budget = shared
	for !other.Spent {
		other.Frame()
	}
	if out := verifier.Verify(t.Context(), q.img, m, verifier.Options{Memory: shared}); !out.Crowded {
		t.Errorf("out of memory that another holds: %s", out.Message)
	}
	other.Close()
	simple := tb.question(t, m, &testCase{name: "simple", code: "r0 = 0\nexit"})
	if out := verifier.Verify(t.Context(), simple.img, m, verifier.Options{Memory: shared}); out.Verdict != verifier.Success {
		t.Errorf("a small program: %s", out.Message)
	}
}
