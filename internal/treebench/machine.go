package treebench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/machine"
)

// machined is the engine of a machine.
type machined struct {
	m     *machine.Machine
	progs map[string]*machine.Program
}

// InMachine makes an engine of a machine whose kernel is k. Programs are compiled; the error is that they can't be.
func InMachine(k *kernel.Model) func(o Options, nodes, cpus int) (Engine, error) {
	return func(o Options, nodes, cpus int) (Engine, error) {
		obj, err := bpfverdict.OpenBytes("exchange.bpf.o", Object)
		if err != nil {
			return nil, err
		}
		objs, err := bpfverdict.Change([]*bpfverdict.Object{obj}, bpfverdict.Set("nodes", nodes), bpfverdict.Set("rounds", o.Lookups))
		if err != nil {
			return nil, err
		}
		m, err := machine.New(k, machine.Options{Fast: true, World: machine.World{CPUs: cpus}})
		if err != nil {
			return nil, err
		}
		progs, err := m.Load(objs[0], nil)
		if err != nil {
			return nil, err
		}
		e := machined{m, map[string]*machine.Program{}}
		for _, p := range progs {
			e.progs[p.Name()] = p
		}
		return e, nil
	}
}

func (e machined) Run(ctx context.Context, program string, cpus int) ([]uint32, time.Duration, error) {
	p := e.progs[program]
	if p == nil {
		return nil, 0, fmt.Errorf("no program %s", program)
	}
	if cpus == 1 {
		res, err := p.Run(ctx, machine.Input{})
		if err != nil {
			return nil, 0, err
		}
		if err := p.NotCompiled(); err != nil {
			return nil, 0, errors.Join(errors.New("not compiled"), err)
		}
		return []uint32{res.Return}, res.Duration, nil
	}
	turns := slices.Repeat([]machine.Turn{{Program: p}}, cpus)
	results, err := e.m.Parallel(ctx, turns...)
	if err != nil {
		return nil, 0, err
	}
	var found []uint32
	var longest time.Duration
	for _, r := range results {
		found = append(found, r.Return)
		longest = max(longest, r.Duration)
	}
	return found, longest, nil
}

// Steps interprets searches, and counts how often they go on to another node.
func (e machined) Steps(ctx context.Context, lookups int) (float64, error) {
	p := e.progs[string(Read)]
	goesOn := make([]bool, p.Len())
	for i := range goesOn {
		goesOn[i] = strings.Contains(p.Insn(i), "bpf_rbtree_left") || strings.Contains(p.Insn(i), "bpf_rbtree_right")
	}
	steps := lookups // at the root
	_, err := p.Run(ctx, machine.Input{Observe: func(_ *machine.Program, insn int) {
		if goesOn[insn] {
			steps++
		}
	}})
	return float64(steps) / float64(lookups), err
}

func (e machined) Close() error { return e.m.Close() }
