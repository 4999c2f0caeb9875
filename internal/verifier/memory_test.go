package verifier_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/testing/heap"
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

// nested is a program of nested iterators, of which each round fills so many slots of the stack with numbers that no other round
// has; and as these decide a branch, no round ends in the state of another.
func nested(depth, slots int) string {
	var b strings.Builder
	b.WriteString("r6 = 0\nr7 = 0\nr8 = 0\nr9 = 0\n")
	for i := 1; i <= depth; i++ {
		fmt.Fprintf(&b, "r1 = r10\nr1 += -%d\nr2 = 0\nr3 = 1000\ncall kfunc:bpf_iter_num_new\n", 8*i)
		fmt.Fprintf(&b, "again%d:\nr1 = r10\nr1 += -%d\ncall kfunc:bpf_iter_num_next\nif r0 == 0 goto out%d\n", i, 8*i, i)
		for n := 1; n <= slots; n++ {
			fmt.Fprintf(&b, "r6 += 1\n*(u64 *)(r10 -%d) = r6\n", 8*(depth+n))
		}
		b.WriteString("if r6 == 99999999 goto pc+0\n")
	}
	for i := depth; i > 0; i-- {
		fmt.Fprintf(&b, "goto again%d\nout%d:\nr1 = r10\nr1 += -%d\ncall kfunc:bpf_iter_num_destroy\n", i, i, 8*i)
	}
	return b.String() + "r0 = 0\nexit"
}

// hostileTable has programs that take as much memory as they can, for their size.
var hostileTable = table{whole: true, cases: []testCase{
	{name: "144 instructions, one iterator", long: true, code: nested(1, 62), want: "BPF program is too large. Processed 1000001 insn", cost: "1000001/14705/14705"},
	{name: "194 instructions, two iterators", long: true, code: nested(2, 40), want: "The sequence of 8193 jumps is too complex.", cost: "851980/24577/24577"},
	{name: "150 instructions, six iterators", long: true, code: nested(6, 5), want: "The sequence of 8193 jumps is too complex.", cost: "278540/16388/16388"},
}}

// They take less than 400 MB: half of that is in use, as the collector waits until there is twice as much.
func TestMemoryOfHostilePrograms(t *testing.T) {
	const most = 200 << 20
	m := loadModel(t)
	for i := range hostileTable.cases {
		c := &hostileTable.cases[i]
		t.Run(c.name, func(t *testing.T) {
			q := hostileTable.question(t, m, c)
			if size := fmt.Sprintf("%d instructions", len(q.img.Insns)); !strings.HasPrefix(c.name, size) {
				t.Errorf("%s", size)
			}
			w := &heap.Watch{Context: t.Context(), Every: 64}
			out := verifier.Verify(w, q.img, m, verifier.Options{})
			c.check(t, m, reply{false, out.Errno, out.Message, out.Log, fmt.Sprintf("%d/%d/%d", out.Processed, out.TotalStates, out.PeakStates)})
			if w.Peak > most {
				t.Errorf("%d MiB for %d states", w.Peak>>20, out.TotalStates)
			}
		})
	}
}
