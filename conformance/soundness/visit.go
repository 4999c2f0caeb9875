package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
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
	corpus corpus
	tally
}

// How many runs a machine lives at most. Generated programs are small, and there are always others.
const (
	runsOfCorpus    = 1000
	runsOfGenerated = 200
)

// Instructions: of a run that is long, and that a visit runs about, as a few programs run for seconds.
const (
	longRun      = 1 << 16
	insnsOfVisit = 1 << 23
)

// visit takes an object, or a generated program, and runs what the verifier accepts of it over and over.
func (c *campaign) visit(ctx context.Context, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 0))
	name, accepted, most := "generated", []machine.Verified(nil), runsOfGenerated
	if len(c.corpus) > 0 && rng.IntN(3) > 0 {
		name, accepted = c.pick(ctx, rng)
		most = runsOfCorpus
	} else if img, err := generate(rng, c.model); err == nil {
		if v, ok := verify(ctx, img, c.model); ok {
			accepted = append(accepted, v)
		}
	}
	if len(accepted) == 0 {
		return
	}
	w := world(rng)
	m, progs, err := c.load(accepted, w)
	if err != nil {
		c.note(name, progs, seed, err)
		return
	}
	insns := uint64(0)
	for range 1 + rng.IntN(most) {
		if ctx.Err() != nil || insns > insnsOfVisit {
			return
		}
		if rng.IntN(8) == 0 {
			write(m, accepted, rng)
		}
		c.done.Add(1)
		n, err := c.run(ctx, m, progs, rng, w.CPUs)
		insns += n
		if err != nil {
			c.note(name, progs, seed, err)
			return // what it has left behind is of no use
		}
	}
	if err := m.Close(); err != nil {
		c.note(name, progs, seed, err)
	}
}

// load makes a machine with programs.
func (c *campaign) load(accepted []machine.Verified, w machine.World) (*machine.Machine, []*machine.Program, error) {
	m, err := machine.New(c.kernel, machine.Options{World: w})
	if err != nil {
		panic(err) // a world that is in order
	}
	progs, err := m.LoadVerified(accepted)
	return m, progs, err
}

// run runs a program, or some at once. It returns how many instructions that took.
func (c *campaign) run(ctx context.Context, m *machine.Machine, progs []*machine.Program, rng *rand.Rand, cpus int) (insns uint64, err error) {
	limited := &bounded{ctx, looks}
	any := func() *machine.Program { return progs[rng.IntN(len(progs))] }
	if cpus > 1 && rng.IntN(2) == 0 {
		var turns []machine.Turn
		for range cpus {
			p := any()
			turns = append(turns, machine.Turn{Program: p, Input: input(p, rng)})
		}
		c.interleaved.Add(1)
		results, err := m.Interleave(limited, rng.Uint64(), turns...)
		for _, r := range results {
			insns += insnsOf(r)
		}
		return insns, err
	}
	p := any()
	in := input(p, rng)
	in.CPU = rng.IntN(cpus)
	res, err := p.Run(limited, in)
	return insnsOf(res), err
}

// bounded is a context that is over when it was looked at so often. The machine looks once in many instructions, so unlike
// a clock it gives up at the same place again.
type bounded struct {
	context.Context
	looks int
}

// looks is how often, which is some million instructions.
const looks = 8

func (b *bounded) Err() error {
	if b.looks--; b.looks < 0 {
		return context.DeadlineExceeded
	}
	return b.Context.Err()
}

func insnsOf(r *machine.Result) uint64 {
	if r == nil {
		return 0
	}
	return r.Insns
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
		c.gaveUp++
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
