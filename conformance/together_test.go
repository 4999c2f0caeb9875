package main

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/report"
)

func TestDifferences(t *testing.T) {
	result := func(list ...report.Program) *report.Result { return &report.Result{List: list} }
	f := report.Program{Name: "f", Processed: 7, DurationUS: 1}
	slow, other := f, f
	slow.DurationUS, other.Processed = 2, 8
	for _, c := range []struct {
		what            string
		alone, together *report.Result
		want            int
	}{
		{"the same, but for its time", result(f, f), result(slow, f), 0},
		{"another count", result(f, f), result(f, other), 1},
		{"a program less", result(f, f), result(f), 1},
		{"a program more", result(f), result(f, f), 1},
	} {
		if got := differences(c.alone, c.together); len(got) != c.want {
			t.Errorf("%s: %q", c.what, got)
		}
	}
}
