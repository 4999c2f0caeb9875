package explain

import (
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// What serves instead of a helper can be called by programs of that type.
func TestHelperTwins(t *testing.T) {
	k, err := kmodel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	for key, twin := range helperTwins {
		set := k.HelpersOf(kmodel.Prog{Type: key.prog, GPL: true})
		if set.Get(k.HelperID(twin)) == nil {
			t.Errorf("type %s: bpf_%s can't be called", key.prog, twin)
		}
		if key.prog != abi.PROG_TYPE_RAW_TRACEPOINT && set.Get(k.HelperID(key.helper)) != nil {
			t.Errorf("type %s: bpf_%s can be called itself", key.prog, key.helper)
		}
	}
}

// What serves instead of a function that sleeps does not sleep.
func TestAwake(t *testing.T) {
	k, err := kmodel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	set := k.HelpersOf(kmodel.Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_FENTRY, GPL: true})
	for asleep, twin := range awake {
		if h := set.Get(k.HelperID(strings.TrimPrefix(twin, "bpf_"))); h == nil || h.MightSleep {
			t.Errorf("%s serves instead of %s: %+v", twin, asleep, h)
		}
	}
}

func TestHelpSleepable(t *testing.T) {
	k, err := kmodel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	for section, want := range map[string]string{
		"fentry/do_exit": `SEC("fentry.s/do_exit")`, "?lsm/file_open": `SEC("lsm.s/file_open")`, "kprobe/do_exit": "can't sleep",
	} {
		s := newStory(Input{Image: &object.Image{Section: section}, Model: k})
		s.helpSleepable()
		if got := s.d.Help[0].Text; !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", section, got, want)
		}
	}
}

func TestUnloaded(t *testing.T) {
	k, err := kmodel.Load("6.12")
	if err != nil {
		t.Fatal(err)
	}
	in := Input{
		Model: k, Insn: -1, Said: []vlog.Said{{Format: "extern (func ksym) '%s': not found in kernel or module BTFs", Args: []any{"bpf_res_spin_lock"}}},
		Lines: []string{"extern (func ksym) 'bpf_res_spin_lock': not found in kernel or module BTFs"},
	}
	d := Unloaded(in, "")
	if d.Code != "BV2201" || len(d.Help) == 0 || !strings.Contains(strings.Join(d.Notes, "\n"), "is the first that has `bpf_res_spin_lock`") {
		t.Errorf("%+v", d)
	}
	if d := Unloaded(Input{Model: k, Insn: -1, Lines: []string{"words of nobody"}}, ""); d.Code != "" || d.Title != "words of nobody" {
		t.Errorf("%+v", d)
	}
}
