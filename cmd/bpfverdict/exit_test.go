package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/report"
)

func TestExitCodeOfVerdicts(t *testing.T) {
	ok, bad := report.Program{Verdict: report.Success}, report.Program{Verdict: report.Failure}
	odd, lost := report.Program{Verdict: report.Unsupported}, report.Program{Verdict: report.Error}
	bug := report.Program{Verdict: report.Error, Bug: true}
	for _, c := range []struct {
		programs []report.Program
		want     int
	}{
		{nil, exitAccepted},
		{[]report.Program{ok, ok}, exitAccepted},
		{[]report.Program{ok, bad}, exitRejected},
		{[]report.Program{ok, lost}, exitRejected},
		{[]report.Program{ok, odd}, exitUnsupported},
		{[]report.Program{bad, odd}, exitRejected},
		{[]report.Program{odd, bad}, exitRejected},
		{[]report.Program{bad, odd, bug, ok}, exitBug},
	} {
		if got := exitCode(&report.Result{List: c.programs}); got != c.want {
			t.Errorf("%v: %d, want %d", c.programs, got, c.want)
		}
	}
}

func TestExitCodeOfErrors(t *testing.T) {
	input := func(err error) error { return &bpfverdict.InputError{Path: "a.o", Err: err} }
	for _, c := range []struct {
		err  error
		want int
		says string
	}{
		{nil, exitAccepted, ""},
		{exitStatus(exitRejected), exitRejected, ""},
		{input(errors.New("no\nobject")), exitUsage, "bpfverdict: a.o: no\n"},
		{errors.Join(input(errors.New("x")), errors.New("y")), exitUsage, "bpfverdict: a.o: x\nbpfverdict: y\n"},
		{input(&bpfverdict.BugError{Message: "boom"}), exitBug, "please report"},
		{fmt.Errorf("stopped: %w", context.Canceled), exitInterrupted, "bpfverdict: interrupted: the rest was not judged\n"},
		{errors.Join(input(errors.New("x")), context.Canceled), exitInterrupted, "bpfverdict: a.o: x\nbpfverdict: interrupted"},
		{errors.Join(context.Canceled, &bpfverdict.BugError{Message: "boom"}), exitBug, "please report"},
	} {
		var b strings.Builder
		if got := finish(&b, []string{"check", "a.o"}, c.err); got != c.want || !strings.Contains(b.String(), c.says) {
			t.Errorf("%v: %d %q, want %d %q", c.err, got, b.String(), c.want, c.says)
		}
	}
}

// An interrupted check prints what it has, and says that it is not all.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs strings.Builder
	code := runMain(ctx, []string{"check", "--format", "json", "../../examples/lookup.bpf.o"}, &out, &errs)
	if code != exitInterrupted || !strings.Contains(out.String(), `"complete": false`) || errs.String() != "bpfverdict: interrupted: the rest was not judged\n" {
		t.Errorf("exit code %d, %s\n%s", code, errs.String(), out.String())
	}
	out.Reset()
	if runMain(ctx, []string{"check", "../../examples/lookup.bpf.o"}, &out, &errs); !strings.HasSuffix(out.String(), "incomplete: not all that was given was judged\n") {
		t.Error(out.String())
	}
}
