package main

import (
	"io"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/conformance/truth"
	"github.com/bpfverdict/bpfverdict/report"
)

func ours(as ...answer) *answers {
	all := &answers{programs: map[string]*answer{}, failed: map[string]string{}}
	for i := range as {
		all.programs[as[i].Object+"/"+as[i].Name] = &as[i]
	}
	return all
}

func program(object, name string, v report.Verdict, msg string, processed int) answer {
	return answer{Program: report.Program{Object: object, Name: name, Verdict: v, Message: msg, Processed: processed}}
}

func TestCompare(t *testing.T) {
	fail := func(p, msg string) truth.Record {
		return truth.Record{Object: "verifier_x.bpf.o", Program: p, Stage: "verify", Verdict: "failure", Processed: 3, LogTail: msg + "\nprocessed 3 insns\n"}
	}
	records := []truth.Record{
		{Object: "verifier_x.bpf.o", Program: "good", Stage: "verify", Verdict: "success", Processed: 9},
		{Object: "verifier_x.bpf.o", Program: "counts", Stage: "verify", Verdict: "success", Processed: 9},
		fail("bad", "R1 !read_ok"), fail("words", "R1 !read_ok"), fail("accepted", "R1 !read_ok"), fail("doubt", "R1 !read_ok"),
		{Object: "verifier_x.bpf.o", Program: "missing", Stage: "verify", Verdict: "success"},
		{Object: "a.bpf.o", Program: "p", Stage: "prepare", Warning: "libbpf: map 'm': failed to create: Invalid argument(-22)\n"},
		{Object: "a.bpf.o", Program: "q", Stage: "prepare", Warning: "libbpf: extern (func ksym) 'f': not found in kernel or module BTFs\n"},
		{Object: "a.bpf.o", Program: "r", Stage: "load", Verdict: "failure"},
	}
	bad := program("verifier_x.bpf.o", "bad", report.Failure, "R1 !read_ok", 3)
	bad.Log = "R1 !read_ok\nprocessed 3 insns\n"
	accepted := program("verifier_x.bpf.o", "accepted", report.Success, "", 3)
	accepted.Kfunc = true
	c := compare(records, ours(
		program("verifier_x.bpf.o", "good", report.Success, "", 9), program("verifier_x.bpf.o", "counts", report.Success, "", 8),
		bad, program("verifier_x.bpf.o", "words", report.Failure, "R2 !read_ok", 3),
		accepted, program("verifier_x.bpf.o", "doubt", report.Unsupported, "why", 0),
		program("a.bpf.o", "p", report.Error, "Error in bpf_create_map_xattr(m):Invalid argument(-22). Retrying without BTF.", 0),
		program("a.bpf.o", "q", report.Error, "map 'm': failed to create: Invalid argument(-22)", 0),
	))
	for name, got := range map[string]struct{ got, want any }{
		"verdict":              {c.All.Verdict, ratio{4, 7}},
		"message":              {c.All.Message, ratio{1, 4}},
		"processed":            {c.All.Processed, ratio{1, 3}},
		"subset without kfunc": {c.Subsets["verifier_* without kfuncs"].Verdict, ratio{4, 6}},
		"prepare":              {c.Prepare, ratio{1, 2}},
		"false accepts":        {c.FalseAccepts, 1},
		"plain false accepts":  {c.FalseAcceptsPlain, 0},
		"unsupported":          {c.Unsupported, 1},
		"differences":          {len(c.Differences), 6},
	} {
		if got.got != got.want {
			t.Errorf("%s: %v, want %v", name, got.got, got.want)
		}
	}
}

func TestBaselineRatchet(t *testing.T) {
	was := baseline{Agree: map[string]ratio{"a": {8, 10}, "b": {5, 10}, "c": {1, 1}}, Faults: map[string]int{"f": 2, "g": 2}}
	now := baseline{Agree: map[string]ratio{"a": {7, 10}, "b": {6, 10}, "c": {1, 1}}, Faults: map[string]int{"f": 3, "g": 1}}
	var b strings.Builder
	if worse, better := was.against(now, &b); worse != 2 || better != 2 {
		t.Errorf("%d worse, %d better:\n%s", worse, better, b.String())
	}
}

func TestMatchAny(t *testing.T) {
	for _, c := range []struct {
		globs, name string
		want        bool
	}{
		{"rbtree*,list*", "list_head.bpf.o", true},
		{"rbtree*", "list.bpf.o", false},
		{"*/bad*", "a.bpf.o/bad1", true},
		{"fentry*", "fentry/do_x", true},
	} {
		if got := matchAny(c.globs, c.name); got != c.want {
			t.Errorf("%s of %s: %v", c.name, c.globs, got)
		}
	}
}

func TestRefusalsAreComparedInFull(t *testing.T) {
	stats := "verification time 5 usec\nstack depth 8+16\nprocessed 3 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 0\n"
	rec := truth.Record{Object: "x.bpf.o", Program: "p", Stage: "verify", Verdict: "failure", Errno: 13, Processed: 3, States: 1, PeakStates: 1,
		LogTail: "0: R1=ctx() R10=fp0\n1: (85) call bpf_f#12345        ; R0=0\nbad\n" + stats}
	good := program("x.bpf.o", "p", report.Failure, "bad", 3)
	good.Errno, good.States, good.PeakStates, good.StackDepth = 13, 1, 1, 24
	good.Log = "0: R1=ctx() R10=fp0\n; f(); @ x.c:1\n1: (85) call bpf_f#54321        ; R0=0\nbad\n" + strings.Replace(stats, "5", "77", 1)
	for kind, change := range map[string]func(a *answer){
		"":       func(*answer) {},
		"errno":  func(a *answer) { a.Errno = 22 },
		"counts": func(a *answer) { a.PeakStates = 2 },
		"depth":  func(a *answer) { a.StackDepth = 16 },
		"log":    func(a *answer) { a.Log = strings.Replace(a.Log, "R0=0", "R0=1", 1) },
	} {
		a := good
		change(&a)
		c := compare([]truth.Record{rec}, ours(a))
		got := ""
		for _, d := range c.Differences {
			got += d.Kind
		}
		if got != kind {
			t.Errorf("differences %q, want %q", got, kind)
		}
	}
}

func TestBaselineHolds(t *testing.T) {
	was := baseline{Kernel: "6.18.44", Agree: map[string]ratio{"all: verdict": {10, 10}, "ownership: verdict": {4, 4}}, Faults: map[string]int{"bugs": 0}}
	for _, c := range []struct {
		name  string
		now   baseline
		worse int
	}{
		{"same", was, 0},
		{"fewer agree", baseline{Agree: map[string]ratio{"all: verdict": {9, 10}, "ownership: verdict": {4, 4}}}, 1},
		{"shrunk evenly", baseline{Agree: map[string]ratio{"all: verdict": {5, 5}, "ownership: verdict": {4, 4}}}, 1},
		{"a subset moved", baseline{Agree: map[string]ratio{"all: verdict": {10, 10}, "ownership: verdict": {3, 3}}}, 0},
		{"a figure is gone", baseline{Agree: map[string]ratio{"all: verdict": {10, 10}}}, 1},
		{"nothing compared", baseline{}, 2},
		{"a new figure", baseline{Agree: map[string]ratio{"all: verdict": {10, 10}, "ownership: verdict": {4, 4}, "refused: errno": {1, 1}}}, 1},
		{"a bug", baseline{Agree: was.Agree, Faults: map[string]int{"bugs": 1}}, 1},
	} {
		if worse, _ := was.against(c.now, io.Discard); worse != c.worse {
			t.Errorf("%s: %d worse, want %d", c.name, worse, c.worse)
		}
	}
	if err := was.hold(io.Discard, "baseline.json", &comparison{recorded: "6.18.44-v782"}); err == nil || !strings.Contains(err.Error(), "6.18.44-v782") {
		t.Errorf("answers of another build: error %v", err)
	}
}
