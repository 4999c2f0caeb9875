package machine

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Turn is a program that one of several CPUs runs.
type Turn struct {
	Program *Program
	Input   Input // its CPU is not looked at: the first task runs on CPU 0, the second on CPU 1 ...
}

// schedule decides which CPU goes on. It is random, with few switches where a program could go on: most bugs need
// no more. The same seed gives the same schedule.
type schedule struct {
	rng  *rand.Rand
	left int // switches away from programs that could go on
	cpus []*CPU
}

// maxPreemptions bounds how often a schedule interrupts programs that could go on.
const maxPreemptions = 8

// Interleave runs programs at once, one a CPU, and interleaves them as the seed says: CPUs are switched before
// calls of helpers and kfuncs, atomic operations, and accesses to memory that is not the function's own. It ends with
// the first error; results are in the order of tasks, and nil where the program has not ended.
func (m *Machine) Interleave(ctx context.Context, seed uint64, tasks ...Turn) ([]*Result, error) {
	if len(tasks) > len(m.cpus) {
		return nil, fmt.Errorf("%d programs at once: the machine has %d CPUs", len(tasks), len(m.cpus))
	}
	s := &schedule{rng: rand.New(rand.NewPCG(seed, 1))}
	s.left = s.rng.IntN(maxPreemptions + 1)
	results := make([]*Result, len(tasks))
	m.printk = nil
	for i, t := range tasks {
		t.Input.CPU = i
		r, e, err := t.Program.prepare(t.Input)
		if r != nil {
			defer r.end()
		}
		if err != nil {
			return results, err
		}
		defer func() {
			if r.c.status == ended && results[i] == nil {
				r.returned(r.c.r[insn.R0])
				r.out.Insns = r.c.insns
				if results[i] = r.out; e.finish != nil {
					e.finish(r)
				}
			}
		}()
		r.c.begin(r)
		s.cpus = append(s.cpus, r.c)
	}
	return results, s.run(ctx)
}

func (s *schedule) run(ctx context.Context) error {
	c := s.cpus[s.rng.IntN(len(s.cpus))]
	for n := 0; ; n++ {
		if n%slice == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if c = s.next(c); c == nil {
			return s.idle()
		}
		if err := c.step(1); err != nil {
			return err
		}
	}
}

// next is the CPU that goes on; nil if none can.
func (s *schedule) next(c *CPU) *CPU {
	if c.ready() && (s.left == 0 || !c.visible() || s.rng.IntN(8) > 0) {
		return c
	}
	var others []*CPU
	for _, o := range s.cpus {
		if o != c && o.ready() {
			others = append(others, o)
		}
	}
	switch {
	case len(others) == 0 && !c.ready():
		return s.timeout()
	case len(others) == 0:
		return c
	case c.ready():
		s.left--
	}
	o := others[s.rng.IntN(len(others))]
	o.status = running
	return o
}

// timeout moves the clock to where the first CPU stops waiting; nil if none ever does.
func (s *schedule) timeout() *CPU {
	var first *CPU
	for _, c := range s.cpus {
		if c.status == blocked && c.deadline > 0 && (first == nil || c.deadline < first.deadline) {
			first = c
		}
	}
	if first != nil {
		first.m.clock = max(first.m.clock, first.deadline)
		first.status = running
	}
	return first
}

// idle is what is wrong when no CPU can go on; nil if all have ended.
func (s *schedule) idle() error {
	for _, c := range s.cpus {
		if c.status == blocked {
			return c.blame(c.waitsForEver())
		}
	}
	return nil
}

// ready reports that the CPU can go on.
func (c *CPU) ready() bool {
	if c.status == blocked && c.waits.holder == nil {
		c.status = running
	}
	return c.status == running
}

// visible reports that another CPU may see what the next instruction does, or change what it finds.
func (c *CPU) visible() bool {
	o := &c.prog.ops[c.pc]
	switch o.code & 7 {
	case insn.LDX, insn.ST:
		base := o.dst
		if o.code&7 == insn.LDX {
			base = o.src
		}
		return base != insn.FP
	case insn.STX:
		return o.dst != insn.FP
	}
	return o.code == opHelper
}
