package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/machine"
)

//go:generate ../../examples/build.sh testdata

// TestCases: each case's program is accepted by 6.18 and faults; where a kernel refuses it, that is its message.
func TestCases(t *testing.T) {
	refusals := map[int]map[string]string{1: {"7.1": "Possibly NULL pointer passed to trusted arg1", "7.3": "Possibly NULL pointer passed to trusted R2"}}
	obj, err := bpfverdict.Open("testdata/cases.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	load := func(model, name string) *machine.Program {
		k, err := kernel.Load(model)
		if err != nil {
			t.Fatal(err)
		}
		m, err := machine.New(k, machine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		progs, err := m.Load(obj, func(n string) bool { return n == name })
		if err != nil || len(progs) != 1 {
			t.Fatal(progs, err)
		}
		return progs[0]
	}
	for _, c := range cases {
		name := fmt.Sprint("case_", c.number)
		p := load("6.18", name)
		if err := p.Verify(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, err := p.Run(t.Context(), machine.Input{})
		f := new(machine.Fault)
		if !errors.As(err, &f) || !c.is(f, p.Insn(f.Insn)) {
			t.Errorf("%s: %v is no example of %s", name, err, c.what)
		}
		for model, want := range refusals[c.number] {
			rej := new(bpfverdict.Rejection)
			if err := load(model, name).Verify(t.Context()); !errors.As(err, &rej) || rej.Message != want {
				t.Errorf("%s on %s: %v, want %s", name, model, err, want)
			}
		}
	}
}

// TestGenerated runs some generated programs: none faults. The figures in docs are from many more.
func TestGenerated(t *testing.T) {
	o := options{kernel: kernel.Default(), runs: 5000, visits: 400, seed: 1, jobs: 2}
	c, err := try(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.faults) > 0 {
		t.Errorf("faults: %v", c.faults)
	}
	if c.done.Load() < 1000 || c.interleaved.Load() == 0 {
		t.Errorf("%d runs, %d of several programs at once: too few to mean anything", c.done.Load(), c.interleaved.Load())
	}
}
