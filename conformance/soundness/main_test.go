package main

import (
	"testing"
	"time"

	"github.com/bpfverdict/bpfverdict/kernel"
)

// TestGenerated runs some generated programs: none faults. The figures in docs are from many more.
func TestGenerated(t *testing.T) {
	o := options{kernel: kernel.Default(), runs: 5000, visits: 400, seed: 1, jobs: 2, timeout: time.Second}
	c, err := try(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.faults) > 0 {
		t.Errorf("faults: %v", c.faults)
	}
	if c.done.Load() < 1000 || c.interleaved == 0 {
		t.Errorf("%d runs, %d of several programs at once: too few to mean anything", c.done.Load(), c.interleaved)
	}
}
