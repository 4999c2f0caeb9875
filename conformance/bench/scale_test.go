package main

import (
	"slices"
	"testing"
	"time"

	"github.com/bpfverdict/bpfverdict/report"
)

func TestOfIdeal(t *testing.T) {
	for _, c := range []struct {
		name string
		s    scaling
		want float64
	}{
		{"half the time", scaling{one: 100, several: 50, pieces: 10}, 1},
		{"no help at all", scaling{one: 100, several: 100, pieces: 10}, 0.5},
		{"a long piece", scaling{one: 100, several: 80, pieces: 80}, 1},
		{"a long piece that began late", scaling{one: 100, several: 100, pieces: 80}, 0.8},
	} {
		if got := c.s.ofIdeal(); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestLeastOf(t *testing.T) {
	for _, c := range []struct {
		pieces []time.Duration
		want   time.Duration
	}{
		{nil, 0},
		{[]time.Duration{3}, 3},
		{[]time.Duration{3, 5}, 5},
		{[]time.Duration{7, 1, 1}, 7},
		{[]time.Duration{4, 1, 4, 4}, 8},
	} {
		if got := leastOf(c.pieces); got != c.want {
			t.Errorf("%v: %v, want %v", c.pieces, got, c.want)
		}
	}
}

func TestDivisible(t *testing.T) {
	programs := func(yield func(*report.Program) bool) {
		for _, p := range []struct {
			object string
			took   time.Duration
		}{
			{"small", matters / 3}, {"small", matters / 3},
			{"even", matters}, {"even", matters},
			{"one long", 3 * matters}, {"one long", matters},
			{"three", matters}, {"three", matters}, {"three", matters},
		} {
			if !yield(&report.Program{Object: p.object, DurationUS: p.took.Microseconds()}) {
				return
			}
		}
	}
	if got, want := divisible(programs), []string{"three", "even"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
