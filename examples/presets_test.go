package examples

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// TestPresets holds programs whose constants are set against what veristat -G 0.5.1 printed for them on 6.18.44:
// verdict, instructions and states of the program walk, or that the setting is refused.
func TestPresets(t *testing.T) {
	k, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	obj, err := bpfverdict.Open("presets/settable.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ sets, want string }{
		{"", "success 19 2 2"},
		{"debug = 1", "success 23 2 2"},
		{"debug = 255", "success 19 2 2"},
		{"debug = -1", "success 19 2 2"},
		{"mode=MODE_COUNT", "success 21 2 2"},
		{"mode = 7; limits[1].rounds = 20", "success 292 7 7"},
		{"mode = MODE_SUM; limits[1].rounds = 20; step = -3; limits[0].bias[2] = -5", "success 292 7 7"},
		{"mode = MODE_SUM; limits[1].rounds = 0x1000", "success 53280 517 517"},
		{"limits[ 1 ].strict = 1", "success 25 2 2"},
		{"limits[1].strict = 1; mask = 63", "success 25 2 2"},
		{"limits[1].strict = 1; mask = 64", "failure 23 1 1"},
		{"limits[1].strict = 1; mask = 18446744073709551615", "failure 23 1 1"},
		{"limits[MODE_COUNT].rounds = 1; seen = 3", "success 19 2 2"},
		{"step = -128", "success 19 2 2"},

		{"nosuch = 1", `no variable "nosuch" in what was given`},
		{"limit = 1", `no variable "limit" in what was given; did you mean limits?`},
		{"step = 128", "presets/settable.bpf.o: step: 128 is out of range [-128, 127]"},
		{"debug = 256", "presets/settable.bpf.o: debug: 256 is out of range [0, 255]"},
		{"limits[2].rounds = 1", "presets/settable.bpf.o: limits[2].rounds: index 2 is out of bounds [0, 2)"},
		{"limits[1].packed = 15", "success 19 2 2"},
		{"limits[1].packed = 16", "presets/settable.bpf.o: limits[1].packed: 16 is out of range [0, 15]"},
		{"limits[1] = 1", "presets/settable.bpf.o: limits[1]: it is no integer, bool or enum, and only those can be set"},
		{"limits.rounds = 1", "presets/settable.bpf.o: limits.rounds: no member 'rounds' in what is no struct or union"},
		{"limits[1].nosuch = 1", "presets/settable.bpf.o: limits[1].nosuch: no member 'nosuch'"},
		{"debug = MODE_SUM", "presets/settable.bpf.o: debug: 'MODE_SUM' is no value of type '_Bool'"},
		{"mode = MODE_NONE", "presets/settable.bpf.o: mode: 'MODE_NONE' is no value of type 'mode'"},
		{"debug = 1x", `"1x" is no number of 64 bits`},
		{"debug.[ = 1", `"debug.[" names no variable: use NAME, NAME.MEMBER or NAME[INDEX]`},
	} {
		var opts []bpfverdict.Option
		for set := range strings.SplitSeq(c.sets, ";") {
			if name, value, ok := strings.Cut(set, "="); ok {
				opts = append(opts, bpfverdict.Set(name, value))
			}
		}
		res, err := obj.Check(t.Context(), k, opts...)
		got := fmt.Sprint(err)
		if err == nil {
			p := named(t, res, "walk")
			got = fmt.Sprintf("%s %d %d %d", p.Verdict, p.Processed, p.States, p.PeakStates)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.sets, got, c.want)
		}
	}
}

// TestAssumed: what nobody set is named, of what the program refers to, and the object stays as it was.
func TestAssumed(t *testing.T) {
	k, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	obj, err := bpfverdict.Open("presets/settable.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		opts    []bpfverdict.Option
		assumed string
		walked  int
	}{
		{"as it is", nil, "[debug mode limits step mask]", 23},
		{"debug", []bpfverdict.Option{bpfverdict.Set("debug", true)}, "[mode limits step mask]", 28},
		{"bools", []bpfverdict.Option{bpfverdict.SetAllBools()}, "[mode limits step mask]", 28},
		{"bools but one", []bpfverdict.Option{bpfverdict.SetAllBools(), bpfverdict.Set("debug", 0)}, "[mode limits step mask]", 23},
		{"all", []bpfverdict.Option{
			bpfverdict.Set("debug", true), bpfverdict.Set("mode", "MODE_SUM"), bpfverdict.Set("limits[1].strict", 1),
			bpfverdict.Set("limits[1].rounds", uint32(3)), bpfverdict.Set("step", int8(2)), bpfverdict.Set("mask", 1),
		}, "[]", 63},
		{"as it is, again", nil, "[debug mode limits step mask]", 23},
	} {
		res, err := obj.Check(t.Context(), k, c.opts...)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		p := named(t, res, "walk")
		if got := fmt.Sprint(p.Assumed); got != c.assumed || p.Walked != c.walked || p.Size != 65 {
			t.Errorf("%s: %s, %d of %d walked; want %s, %d", c.name, got, p.Walked, p.Size, c.assumed, c.walked)
		}
		if p := named(t, res, "plain"); len(p.Assumed) != 0 || p.Walked != p.Size {
			t.Errorf("%s: plain assumes %q, %d of %d walked", c.name, p.Assumed, p.Walked, p.Size)
		}
	}
}

// TestUnfinished finishes an object as its loader would.
func TestUnfinished(t *testing.T) {
	k, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	inner := bpfverdict.ChangeMap("outer", "inner=hash,4,8,16")
	for _, c := range []struct {
		name         string
		opts         []bpfverdict.Option
		count, enter string
	}{
		{"as it is", nil, "map 'outer': failed to create: Invalid argument(-22)", "map 'outer': failed to create: Invalid argument(-22)"},
		{"inner map", []bpfverdict.Option{inner},
			"prog 'count': missing BPF prog type, check ELF section name 'classifier/ingress'",
			"prog 'enter': no BTF-based attach target is specified, use bpf_program__set_attach_target()"},
		{"all", []bpfverdict.Option{inner, bpfverdict.SetType("classifier/*", "sched_cls"), bpfverdict.SetTarget("enter", "do_unlinkat")}, "", ""},
		{"other ways", []bpfverdict.Option{
			bpfverdict.ChangeMap("ou*", "max_entries=2,inner=example"), bpfverdict.SetType("count", "tcx/ingress"),
			bpfverdict.SetType("enter", "fentry/vfs_read"),
		}, "", ""},
		{"no such function", []bpfverdict.Option{inner, bpfverdict.SetTarget("enter", "nosuch")},
			"prog 'count': missing BPF prog type, check ELF section name 'classifier/ingress'",
			"prog 'enter': failed to find kernel BTF type ID of 'nosuch': -3"},
		{"no map the kernel takes", []bpfverdict.Option{inner, bpfverdict.ChangeMap("example", "type=array,key_size=8")},
			"Error in bpf_create_map_xattr(example):Invalid argument(-22). Retrying without BTF.",
			"Error in bpf_create_map_xattr(example):Invalid argument(-22). Retrying without BTF."},
		{"sleepable where it can't", []bpfverdict.Option{inner, bpfverdict.SetType("count", "sched_cls"),
			bpfverdict.SetFlags("count", "sleepable"), bpfverdict.SetTarget("enter", "do_unlinkat")},
			"Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable", ""},
	} {
		res, err := bpfverdict.CheckAll(t.Context(), k, []string{"presets/unfinished.bpf.o"}, c.opts...)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for program, want := range map[string]string{"count": c.count, "enter": c.enter} {
			if p := named(t, res, program); p.Message != want || (want == "") != (p.Verdict == report.Success) {
				t.Errorf("%s: %s: %s %q, want %q", c.name, program, p.Verdict, p.Message, want)
			}
		}
	}

	for _, c := range []struct {
		opt  bpfverdict.Option
		want string
	}{
		{bpfverdict.ChangeMap("oter", "max_entries=1"), `no map "oter" in what was given; did you mean outer?`},
		{bpfverdict.ChangeMap("outer", "entries=1"), `no setting "entries": there are type, key_size, value_size, max_entries, map_flags and inner`},
		{bpfverdict.ChangeMap("outer", "inner=hash,4"), "inner=hash,4: use TYPE,KEY_SIZE,VALUE_SIZE,MAX_ENTRIES, such as hash,4,8,1024"},
		{bpfverdict.ChangeMap("outer", "inner=outer"), "presets/unfinished.bpf.o: map 'outer': no map 'outer' that could be what it holds"},
		{bpfverdict.ChangeMap("example", "inner=hash,4,8,1"), "presets/unfinished.bpf.o: map 'example': only a map of maps has an inner map"},
		{bpfverdict.ChangeMap("outer", "max_entries=-1"), "max_entries=-1: use a number of 32 bits"},
		{bpfverdict.SetType("clasifier/ingress", "xdp"), `no program or section "clasifier/ingress" in what was given; did you mean classifier/ingress?`},
		{bpfverdict.SetType("[", "xdp"), `"[" is no glob; use *, ? and [a-z]`},
		{bpfverdict.SetType("count", "sched"), `no program type "sched": use one such as sched_cls, or a section name that libbpf knows, such as tcx/ingress`},
		{bpfverdict.SetTarget("entr", "x"), `no program "entr" in what was given; did you mean enter?`},
		{bpfverdict.SetFlags("count", "asleep"), `no flag "asleep": use sleepable or xdp_has_frags`},
		{bpfverdict.SetFlags("count", "sleepable"), "presets/unfinished.bpf.o: prog 'count': flags are for a program whose type is known, and section 'classifier/ingress' tells none"},
		{bpfverdict.SetAllBools(), "no constant of type bool in what was given"},
	} {
		_, err := bpfverdict.CheckAll(t.Context(), k, []string{"presets/unfinished.bpf.o"}, c.opt)
		if err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
		obj, err := bpfverdict.Open("presets/unfinished.bpf.o")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bpfverdict.Change([]*bpfverdict.Object{obj}, c.opt); err == nil || err.Error() != c.want {
			t.Errorf("changed: %v, want %s", err, c.want)
		}
	}
}

// named returns a program of a result.
func named(t *testing.T, r *report.Result, program string) *report.Program {
	t.Helper()
	for p := range r.Programs() {
		if p.Name == program {
			return p
		}
	}
	t.Fatalf("no program %s", program)
	return nil
}
