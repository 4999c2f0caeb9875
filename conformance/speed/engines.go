package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cilium/ebpf"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/machine"
)

// variable returns what a global variable of 4 bytes is at first.
func variable(file, name string) (uint32, error) {
	spec, err := ebpf.LoadCollectionSpec(file)
	if err != nil {
		return 0, err
	}
	v := spec.Variables[name]
	if v == nil {
		return 0, fmt.Errorf("%s: no variable %s", file, name)
	}
	var n uint32
	return n, v.Get(&n)
}

// open loads an object into the kernel and into machines of both engines, in this order.
func open(file string) ([]engine, error) {
	spec, err := ebpf.LoadCollectionSpec(file)
	if err != nil {
		return nil, err
	}
	c, err := ebpf.NewCollection(spec)
	if err != nil {
		return nil, fmt.Errorf("the kernel refuses %s: %w", file, err)
	}
	engines := []engine{inKernel{c}}
	for _, fast := range []bool{true, false} {
		e, err := inMachine(file, fast)
		if err != nil {
			return nil, err
		}
		engines = append(engines, e)
	}
	return engines, nil
}

// inKernel runs programs in the kernel.
type inKernel struct{ *ebpf.Collection }

func (k inKernel) run(program string) (uint32, time.Duration, error) {
	start := time.Now()
	result, err := k.Programs[program].Run(&ebpf.RunOptions{})
	return result, time.Since(start), err
}

func (k inKernel) close() { k.Close() }

// machined runs programs in a machine.
type machined struct {
	m     *machine.Machine
	progs map[string]*machine.Program
	fast  bool
}

func inMachine(file string, fast bool) (engine, error) {
	obj, err := bpfverdict.Open(file)
	if err != nil {
		return nil, err
	}
	k, err := kernel.Load(kernel.Default())
	if err != nil {
		return nil, err
	}
	e := machined{progs: map[string]*machine.Program{}, fast: fast}
	if e.m, err = machine.New(k, machine.Options{Fast: fast}); err != nil {
		return nil, err
	}
	progs, err := e.m.Load(obj, nil)
	if err != nil {
		return nil, err
	}
	for _, p := range progs {
		e.progs[p.Name()] = p
	}
	return e, nil
}

func (e machined) run(program string) (uint32, time.Duration, error) {
	p := e.progs[program]
	res, err := p.Run(context.Background(), machine.Input{})
	if err != nil {
		return 0, 0, err
	}
	if why := p.NotCompiled(); e.fast && why != nil {
		return 0, 0, errors.Join(errors.New("not compiled"), why)
	}
	return res.Return, res.Duration, nil
}

func (e machined) close() { _ = e.m.Close() }
