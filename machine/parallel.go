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
	if !m.compiles {
		return nil, errors.New("only a machine with Options.Fast runs programs at the same time; Interleave takes turns")
	}
	results := make([]*Result, len(turns))
	runs, end, err := m.prepareAll(turns)
	defer end()
	if err != nil {
		return results, err
	}
	for _, r := range runs {
		if r.p.compile(r) == nil {
			return results, errors.Join(fmt.Errorf("%s can't be compiled", r.p.Name()), r.p.notCompiled)
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
		if results[i] != nil {
			r.outputs()
		}
	}
	return results, context.Cause(ctx)
}
