package examples

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

const (
	accepted    = ""
	underLock   = "function calls are not allowed while holding a lock"
	noFault     = "sleepable helper bpf_copy_from_user#148 in nofault region"
	nothingHeld = "no acquired reference to release"
	leak        = "BPF_EXIT instruction in main prog would lead to reference leak"
)

// changed are the answers that features change: per object, program and message, accepted for none.
// What the same programs get without the feature is in the recorded answers.
var changed = []struct {
	model, overlay, object string
	want                   map[string]string
}{
	{model: "6.18+kptr-xchg-locked", object: "rbtree_search", want: map[string]string{
		"search": accepted, "search_refcounted": accepted,
	}},
	{model: "6.18+kptr-xchg-under-lock+kptr-xchg-non-owning", object: "rbtree_search", want: map[string]string{
		"search": accepted, "search_refcounted": "R1 type=rcu_ptr_ expected=map_value, ptr_, ptr_",
	}},
	{model: "6.18+kptr-xchg-under-lock", object: "rbtree_search", want: map[string]string{
		"search": "R1 type=ptr_ expected=map_value, ptr_", "search_refcounted": "R1 type=rcu_ptr_ expected=map_value, ptr_",
	}},
	{model: "6.18+kptr-xchg-under-lock", object: "xchg_locked", want: map[string]string{
		"map_value": accepted, "subprogram": accepted, "subprogram_forgets": leak,
	}},
	{model: "6.18+kptr-xchg-locked", object: "xchg_locked", want: map[string]string{"inside_less": leak}},
	{model: "6.18+kptr-xchg-locked", object: "xchg_list", want: map[string]string{"list_node": accepted}},
	{model: "6.18+kptr-xchg-locked", object: "xchg_resilient", want: map[string]string{"resilient_lock": accepted}},
	{model: "6.18+kptr-xchg-locked", object: "rbtree_readd", want: map[string]string{
		"remove_read_add": accepted, "xchg_after_unlock": "R1 type=scalar expected=map_value, ptr_, ptr_, rcu_ptr_",
		"drop_inside": underLock, "forget_payload": leak,
	}},
	{model: "6.18+iter-acquire+forbid-sleep+task-vma-split", object: "vma_split", want: map[string]string{
		"release_then_sleep": accepted, "sleep_without_release": noFault, "access_after_release": "R7 invalid mem access 'scalar'",
		"double_release": nothingHeld, "release_without_next": nothingHeld, "nested_release_inner": noFault,
	}},
	{model: "6.18+iter-acquire+task-vma-split", object: "vma_split", want: map[string]string{
		"release_then_sleep": accepted, "sleep_without_release": accepted, "double_release": nothingHeld,
	}},
	{model: "6.18", overlay: "module_kfunc", object: "module_kfunc", want: map[string]string{
		"marked": underLock, "unmarked": underLock,
	}},
	{model: "6.18+kfunc-spinlock-safe", overlay: "module_kfunc", object: "module_kfunc", want: map[string]string{
		"marked": accepted, "unmarked": underLock,
	}},
}

func TestFeaturesChangeAnswers(t *testing.T) {
	for _, c := range changed {
		t.Run(c.object+" on "+c.model, func(t *testing.T) {
			m, err := kernel.Load(c.model)
			if err != nil {
				t.Fatal(err)
			}
			if c.overlay != "" {
				m = withOverlay(t, m, filepath.Join("ownership", c.overlay+".yaml"))
			}
			r, err := bpfverdict.CheckAll(t.Context(), m, []string{filepath.Join("ownership", c.object+".bpf.o")})
			if err != nil {
				t.Fatal(err)
			}
			seen := 0
			for p := range r.Programs() {
				want, ok := c.want[p.Name]
				if !ok {
					continue
				}
				seen++
				verdict := report.Failure
				if want == accepted {
					verdict = report.Success
				}
				if p.Verdict != verdict || p.Message != want {
					t.Errorf("%s: %s %q, want %s %q", p.Name, p.Verdict, p.Message, verdict, want)
				}
			}
			if seen != len(c.want) {
				t.Errorf("%d of %d programs have an answer", seen, len(c.want))
			}
		})
	}
}

func withOverlay(t *testing.T, m *kernel.Model, file string) *kernel.Model {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m, err = m.With(kernel.WithKfuncs(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}
