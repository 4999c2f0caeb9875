package machine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bpfverdict/bpfverdict/kernel"
)

// aProcess is a world with a process that has memory, and the task that examples ask for.
const aProcess = `{
  "task": {"pid": 1, "comm": "init", "vmas": [
    {"start": 4194304, "end": 4202496, "perm": "rx", "file": "/bin/a", "data": "7f454c46"},
    {"start": 8388608, "end": 8392704}
  ]},
  "files": [{"name": "/bin/a", "data": "7f454c46"}]
}`

const dir = "../examples/"

// TestExamples runs the examples: those that the verifier accepts end as they should, and each that it refuses is
// stopped by the checker under the right name.
func TestExamples(t *testing.T) {
	const (
		locked = "+kptr-xchg-locked"
		split  = "+iter-acquire+forbid-sleep+task-vma-split"
	)
	// harmless is what a program is whose refusal is for what no run of it does.
	const harmless FaultKind = "none"
	for _, c := range []struct {
		file, features, steps string
		want                  FaultKind // "" if all are accepted, and return 0 or pass the packet
	}{
		{"lookup", "", "count", ""},
		{"packet", "", "drop_port", ""},
		{"ringbuf", "", "report", ""},
		{"loop", "", "total record", ""},
		{"ownership/fifo", "", "enqueue enqueue dequeue", ""},
		{"ownership/fifo", "", "enqueue", ""}, // what is left in the queue goes with it
		{"ownership/fifo", "", "enqueue dequeue_leak", Leak},
		{"ownership/vma_split", split, "release_then_sleep", ""},
		{"ownership/vma_split", split, "sleep_without_release", Sleeping},
		{"ownership/vma_split", split, "access_after_release", UseAfterFree},
		{"ownership/vma_split", split, "double_release", NotOwned},
		{"ownership/vma_split", split, "release_without_next", NotOwned},
		{"ownership/vma_split", split, "nested_release_inner", Sleeping},
		{"ownership/rbtree_search", locked, "search search_refcounted", ""},
		{"ownership/rbtree_readd", "", "remove_read_add", ""},
		{"ownership/rbtree_readd", "", "plant xchg_after_unlock", Expired},
		{"ownership/rbtree_readd", "", "plant drop_inside", LockHeld},
		{"ownership/rbtree_readd", "", "forget_payload", Leak},
		{"ownership/xchg_list", locked, "list_node", ""},
		{"ownership/xchg_list", "", "list_node", LockHeld},
		{"ownership/xchg_resilient", locked, "resilient_lock", ""},
		{"ownership/xchg_resilient", "", "resilient_lock", LockHeld},
		{"ownership/xchg_locked", locked, "map_value subprogram", ""},
		{"ownership/xchg_locked", "", "map_value", LockHeld},
		{"ownership/xchg_locked", locked, "subprogram_forgets", harmless}, // the second exchange finds NULL
		{"ownership/xchg_locked", locked, "inside_less", harmless},        // likewise
		{"refused/lookup_unchecked", "", "count", NullPointer},
		{"refused/packet_unchecked", "", "first_bytes", harmless}, // no packet is shorter than its Ethernet header
		{"refused/ringbuf_leak", "", "report", Leak},
	} {
		t.Run(c.file+" "+c.steps+c.features, func(t *testing.T) {
			err := runSteps(t, dir+c.file+".bpf.o", kernel.Default()+c.features, strings.Fields(c.steps), c.want == "")
			f := new(Fault)
			switch {
			case c.want == "" || c.want == harmless:
				if err != nil {
					t.Errorf("%+v", err)
				}
			case !errors.As(err, &f) || f.Kind != c.want || f.Source == nil:
				t.Errorf("%+v\nwant: %s, with a line of source", err, c.want)
			}
		})
	}
}

// runSteps runs programs of one object one after the other and closes the machine. Those that are right are verified, and
// have to return 0 or 2.
func runSteps(t *testing.T, file, model string, steps []string, right bool) error {
	t.Helper()
	k, err := kernel.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	var w World
	if err := json.Unmarshal([]byte(aProcess), &w); err != nil {
		t.Fatal(err)
	}
	m, progs := loadOn(t, k, file, Options{World: w})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, step := range steps {
		p := progs[slices.IndexFunc(progs, func(p *Program) bool { return p.Name() == step })]
		if right {
			if err := p.Verify(ctx); err != nil {
				t.Fatal(err)
			}
		}
		in := Input{}
		if p.TakesPacket() {
			in.Data = make([]byte, 14)
		}
		res, err := p.Run(ctx, in)
		if err != nil {
			return err
		}
		if pass := p.TakesPacket() && res.Return == 2; right && res.Return != 0 && !pass {
			t.Errorf("%s returned %d", step, res.Return)
		}
	}
	return m.Close()
}
