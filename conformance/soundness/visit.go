package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/machine"
)

// campaign is all that visits share.
type campaign struct {
	options
	kernel *kernel.Model
	model  *kmodel.Model
	corpus *corpus
	tally
}

// runsOfVisit is how many runs a machine lives.
const runsOfVisit = 100

// visit takes an object, or a generated program, and runs what the verifier accepts of it over and over.
func (c *campaign) visit(ctx context.Context, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0))
	world := machine.World{CPUs: 1 + rng.IntN(3), Seed: rng.Uint64()}
	m, err := machine.New(c.kernel, machine.Options{World: world})
	if err != nil {
		panic(err) // a world that is in order
	}
	name, progs := c.load(ctx, m, rng)
	if len(progs) == 0 {
		return
	}
	for range runsOfVisit {
		if ctx.Err() != nil {
			return
		}
		c.done.Add(1)
		if err := c.run(ctx, m, progs, rng, world.CPUs); err != nil {
			c.note(name, progs, seed, err)
			return // what it has left behind is of no use
		}
	}
	if err := m.Close(); err != nil {
		c.note(name, progs, seed, err)
	}
}

// load fills the machine.
func (c *campaign) load(ctx context.Context, m *machine.Machine, rng *rand.Rand) (name string, progs []*machine.Program) {
	if len(c.corpus.files) > 0 && rng.IntN(3) > 0 {
		file := c.corpus.files[rng.IntN(len(c.corpus.files))]
		return filepath.Base(file), c.corpus.load(ctx, m, file)
	}
	img, err := c.generate(rng)
	if err != nil {
		return "", nil
	}
	p, err := m.LoadImage(img)
	if err != nil || p.Verify(ctx) != nil {
		return "", nil
	}
	return "generated", []*machine.Program{p}
}

// run runs a program, or some at once.
func (c *campaign) run(ctx context.Context, m *machine.Machine, progs []*machine.Program, rng *rand.Rand, cpus int) error {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	any := func() *machine.Program { return progs[rng.IntN(len(progs))] }
	if cpus > 1 && rng.IntN(2) == 0 {
		var turns []machine.Turn
		for range cpus {
			p := any()
			turns = append(turns, machine.Turn{Program: p, Input: input(p, rng)})
		}
		c.Lock()
		c.interleaved++
		c.Unlock()
		_, err := m.Interleave(limited, rng.Uint64(), turns...)
		return err
	}
	p := any()
	in := input(p, rng)
	in.CPU = rng.IntN(cpus)
	_, err := p.Run(limited, in)
	return err
}

// note keeps what came of a visit that an error ended.
func (c *campaign) note(name string, progs []*machine.Program, seed uint64, err error) {
	fault, lacks, wrong := new(machine.Fault), new(machine.UnsupportedError), new(machine.InputError)
	switch {
	case errors.As(err, &fault):
		if old := knownCase(fault, insnOf(progs, fault)); old != "" {
			c.add(c.known, old)
			return
		}
		place := fmt.Sprintf("%s: %s %d: %s", name, fault.Program, fault.Insn, fault.Kind)
		if name == "generated" {
			place = fmt.Sprintf("generated: %s: %.60s", fault.Kind, fault.Reason)
		}
		if c.add(c.faults, place) {
			fmt.Printf("%s\n  -seed %d: %+v\n", place, seed, fault)
			for i := max(0, fault.Insn-30); name == "generated" && i <= fault.Insn; i++ {
				fmt.Printf("  %d: %s\n", i, progs[0].Insn(i))
			}
		}
	case errors.As(err, &lacks):
		c.add(c.lacking, lacks.What)
	case errors.Is(err, context.DeadlineExceeded):
		c.Lock()
		c.timedOut++
		c.Unlock()
	case errors.As(err, &wrong), errors.Is(err, context.Canceled):
	default:
		c.add(c.lacking, err.Error())
	}
}

// insnOf is the instruction that faulted.
func insnOf(progs []*machine.Program, f *machine.Fault) string {
	for _, p := range progs {
		if p.Name() == f.Program {
			return p.Insn(f.Insn)
		}
	}
	return ""
}

// most are the keys of the largest counts.
func most(m map[string]int, n int) []string {
	keys := slices.SortedFunc(maps.Keys(m), func(a, b string) int { return cmp.Or(m[b]-m[a], cmp.Compare(a, b)) })
	return keys[:min(n, len(keys))]
}

func sum(m map[string]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}
