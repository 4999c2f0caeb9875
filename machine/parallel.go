package machine

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// spareMemory is how much memory, in bytes, is there for what programs allocate while they run at the same time.
const spareMemory = 64 << 20

// Parallel runs compiled programs at the same time, each on a CPU and a goroutine of its own: the first on CPU 0, the
// second on CPU 1. The machine must be a fast one, and the programs ones that can be compiled. Nothing is checked, and no
// two runs are alike; Interleave is for finding faults. The first error ends all runs; results are in the order of
// turns, nil for runs that did not end.
func (m *Machine) Parallel(ctx context.Context, turns ...Turn) ([]*Result, error) {
	switch {
	case !m.compiles:
		return nil, errors.New("only a machine with Options.Fast runs programs at the same time; Interleave takes turns")
	case len(turns) > len(m.cpus):
		return nil, fmt.Errorf("%d programs at once: the machine has %d CPUs", len(turns), len(m.cpus))
	}
	results := make([]*Result, len(turns))
	runs := make([]*run, len(turns))
	finish := make([]func(*run), len(turns))
	m.printk = nil
	for i, t := range turns {
		t.Input.CPU = i
		r, e, err := t.Program.prepare(t.Input)
		if r != nil {
			defer r.end()
		}
		if err != nil {
			return results, err
		}
		if runs[i], finish[i] = r, e.finish; t.Program.compile(r) == nil {
			return results, errors.Join(fmt.Errorf("%s can't be compiled", t.Program.Name()), t.Program.notCompiled)
		}
	}
	m.mem.grow(m.mem.heap.brk + spareMemory)
	m.mem.fixed, m.parallel = true, true
	defer func() { m.mem.fixed, m.parallel = false, false }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	for i, r := range runs {
		all.Go(func() {
			if err := r.all(ctx); err != nil {
				cancel(err)
			} else {
				results[i] = r.out
			}
		})
	}
	all.Wait()
	for i, r := range runs {
		if results[i] != nil && finish[i] != nil {
			finish[i](r)
		}
	}
	return results, context.Cause(ctx)
}
