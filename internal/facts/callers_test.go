package facts

import (
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

func model(t *testing.T, name string) *kmodel.Model {
	t.Helper()
	k, err := kmodel.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestCallers(t *testing.T) {
	k := model(t, "6.18")
	for _, c := range []struct {
		what     string
		got      []string
		has, not string
	}{
		{"bpf_skb_store_bytes", HelperCallers(k, "bpf_skb_store_bytes"), "tc", "xdp"},
		{"bpf_xdp_load_bytes", HelperCallers(k, "xdp_load_bytes"), "xdp", "tc"},
		{"bpf_d_path", HelperCallers(k, "bpf_d_path"), "fentry", "kprobe"},
		{"bpf_get_func_ip", HelperCallers(k, "bpf_get_func_ip"), "kprobe", "tc"},
		{"bpf_copy_from_user", HelperCallers(k, "bpf_copy_from_user"), "uprobe.s", "fentry"},
		{"bpf_dynptr_from_xdp", KfuncCallers(k, kfunc(k, "bpf_dynptr_from_xdp")), "xdp", "tc"},
		{"bpf_task_from_pid", KfuncCallers(k, kfunc(k, "bpf_task_from_pid")), "fentry", "socket"},
	} {
		if !slices.Contains(c.got, c.has) || slices.Contains(c.got, c.not) {
			t.Errorf("%s: called from %v, want %s and not %s", c.what, c.got, c.has, c.not)
		}
	}
	if got := append(HelperCallers(k, "bpf_nowhere"), KfuncCallers(k, kfunc(k, "bpf_nowhere"))...); got != nil {
		t.Errorf("called from %v, though it is not there", got)
	}
	// What everybody may call is told by a name a type, and not by every section.
	if got := HelperCallers(k, "bpf_map_lookup_elem"); len(got) > 40 || !slices.Contains(got, "tc") || slices.Contains(got, "tcx/ingress") {
		t.Errorf("bpf_map_lookup_elem: %s", strings.Join(got, " "))
	}
}

func TestHelperNeedsGPL(t *testing.T) {
	k := model(t, "6.18")
	for name, want := range map[string]bool{"bpf_probe_read_kernel": true, "bpf_map_lookup_elem": false, "bpf_nowhere": false} {
		if got := HelperNeedsGPL(k, name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSleepableSection(t *testing.T) {
	k := model(t, "6.18")
	for section, want := range map[string]string{
		"fentry/do_exit": "fentry.s/do_exit", "lsm/file_open": "lsm.s/file_open", "uprobe": "uprobe.s", "struct_ops/init": "struct_ops.s/init",
		"fentry.s/do_exit": "fentry.s/do_exit", "syscall": "syscall", "xdp": "", "tp_btf/task_newtask": "", "kprobe/f": "", "nothing": "",
	} {
		if got, ok := SleepableSection(k, section); got != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", section, got, want)
		}
	}
	if got, ok := SleepableSection(model(t, "7.1"), "tp_btf/task_newtask"); !ok || got != "tp_btf.s/task_newtask" {
		t.Errorf("from 7.1 on tracepoints may sleep: %q", got)
	}
}

func TestSince(t *testing.T) {
	for _, c := range []struct {
		name     string
		want     string
		orBefore bool
	}{
		{"bpf_task_acquire", "6.12", true},
		{"bpf_res_spin_lock", "6.16", true},
		{"bpf_task_work_schedule_signal_impl", "6.18", false},
		{"bpf_nowhere", "", false},
	} {
		got, ok, err := KfuncSince(c.name)
		if err != nil || got.Name != c.want || got.OrBefore != c.orBefore || ok != (c.want != "") {
			t.Errorf("%s: %+v %v, want %s", c.name, got, err, c.want)
		}
	}
	if got, ok, err := HelperSince("bpf_loop"); err != nil || !ok || got != (Release{"6.1", true}) {
		t.Errorf("bpf_loop: %+v %v", got, err)
	}
	if _, ok, err := HelperSince("bpf_nowhere"); err != nil || ok {
		t.Errorf("bpf_nowhere is a helper (%v)", err)
	}
}

// kernfs_node.parent became __parent.
func TestMemberMoved(t *testing.T) {
	k := model(t, "6.18")
	got, in, err := MemberMoved(k, "kernfs_node", "parent")
	if err != nil || got != "__parent" || in.Name != "6.12" {
		t.Errorf("kernfs_node.parent: %q in %+v (%v)", got, in, err)
	}
	for _, member := range []string{"nowhere", "__parent"} {
		if got, _, err := MemberMoved(k, "kernfs_node", member); got != "" || err != nil {
			t.Errorf("kernfs_node.%s: %q (%v)", member, got, err)
		}
	}
	if got, _, err := MemberMoved(k, "no_such_struct", "x"); got != "" || err != nil {
		t.Errorf("no struct: %q (%v)", got, err)
	}
}
