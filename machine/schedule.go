package machine

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Turn is a program that one of several CPUs runs.
type Turn struct {
	Program *Program
	Input   Input // its CPU is not looked at: the first task runs on CPU 0, the second on CPU 1 ...
}

// schedule decides which CPU goes on. The same seed gives the same schedule. Half of the seeds switch at random, but
// seldom where a program could go on: most bugs need no more. The others give CPUs priorities (PCT).
type schedule struct {
	rng        *rand.Rand
	left       int // switches away from programs that could go on
	priorities *priorities
	cpus       []*CPU
}

// maxPreemptions bounds how often a schedule interrupts programs that could go on.
const maxPreemptions = 8

func newSchedule(seed uint64) *schedule {
	s := &schedule{rng: rand.New(rand.NewPCG(seed, 1))}
	s.left = s.rng.IntN(maxPreemptions + 1)
	if s.rng.IntN(2) == 0 {
		s.priorities = newPriorities(s.rng)
	}
	return s
}

// priorities are those of CPUs: of the CPUs that can go on the one of the highest does. At a few moments the
// one that runs gets the lowest. So a bug that needs d switches at certain moments, of n, is found with a probability
// that is the same for all such bugs: 1/n^d for each CPU.
type priorities struct {
	of      map[*CPU]int
	rng     *rand.Rand
	moments []int // at which priorities change, counted in visible instructions
	now     int
}

func newPriorities(rng *rand.Rand) *priorities {
	p := &priorities{of: map[*CPU]int{}, rng: rng}
	const changes = 3
	length := 16 << rng.IntN(10) // of programs, which is not known
	for range 1 + rng.IntN(changes) {
		p.moments = append(p.moments, rng.IntN(length))
	}
	return p
}

// next is the CPU of the highest priority; c has run and comes to a visible instruction.
func (p *priorities) next(c *CPU, ready []*CPU) *CPU {
	p.now++
	if slices.Contains(p.moments, p.now) {
		p.of[c] = -p.now
	}
	var best *CPU
	for _, o := range ready {
		if _, ok := p.of[o]; !ok {
			p.of[o] = 1 + p.rng.IntN(1<<16)
		}
		if best == nil || p.of[o] > p.of[best] {
			best = o
		}
	}
	return best
}

// Interleave runs programs at once, one a CPU, and interleaves them as the seed says: CPUs are switched before
// calls of helpers and kfuncs, atomic operations, and accesses to memory that is not the function's own. It ends with
// the first error; results are in the order of tasks, and nil where the program has not ended.
func (m *Machine) Interleave(ctx context.Context, seed uint64, tasks ...Turn) ([]*Result, error) {
	results := make([]*Result, len(tasks))
	runs, end, err := m.prepareAll(tasks)
	defer end()
	if err != nil {
		return results, err
	}
	s := newSchedule(seed)
	for _, r := range runs {
		r.c.begin(r)
		s.cpus = append(s.cpus, r.c)
	}
	err = s.run(ctx)
	for i, r := range slices.Backward(runs) {
		if r.c.status == ended {
			r.returned(r.c.r[insn.R0])
			r.out.Insns = r.c.insns
			results[i] = r.out
			r.outputs()
		}
	}
	return results, err
}

// prepareAll makes a run of each turn, the first on CPU 0. end is to be called whatever the error.
func (m *Machine) prepareAll(turns []Turn) (runs []*run, end func(), err error) {
	end = func() {
		for _, r := range slices.Backward(runs) {
			r.end()
		}
	}
	if len(turns) > len(m.cpus) {
		return nil, end, fmt.Errorf("%d programs at once: the machine has %d CPUs", len(turns), len(m.cpus))
	}
	m.printk = nil
	for i, t := range turns {
		t.Input.CPU = i
		r, err := t.Program.prepare(t.Input)
		if r != nil {
			runs = append(runs, r)
		}
		if err != nil {
			return runs, end, err
		}
	}
	return runs, end, nil
}

func (s *schedule) run(ctx context.Context) error {
	c := s.cpus[s.rng.IntN(len(s.cpus))]
	for n := 0; ; n++ {
		if n%(slice>>4) == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if c = s.next(c); c == nil {
			return s.idle()
		}
		if err := c.step(int(c.prog.alone[c.pc])); err != nil {
			return err
		}
	}
}

// next is the CPU that goes on; nil if none can.
func (s *schedule) next(c *CPU) *CPU {
	may := c.ready()
	if may && !c.visible() {
		return c
	}
	var ready []*CPU
	for _, o := range s.cpus {
		if o.ready() && (o != c || s.priorities != nil) {
			ready = append(ready, o)
		}
	}
	switch {
	case len(ready) == 0 && may:
		return c
	case len(ready) == 0:
		return s.timeout()
	case s.priorities != nil:
		return s.priorities.next(c, ready)
	case may && (s.left == 0 || s.rng.IntN(8) > 0):
		return c
	case may:
		s.left--
	}
	return ready[s.rng.IntN(len(ready))]
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
func (c *CPU) visible() bool { return c.prog.ops[c.pc].visible() }

func (o *op) visible() bool {
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
	return o.code == opHelper || o.code == opLoadSX && o.src != insn.FP
}

// findAlone counts for each instruction those that run from it on before a schedule has anything to decide: up to a
// visible one, or one from which it goes on elsewhere.
func (p *Program) findAlone() {
	p.alone = make([]uint16, len(p.ops))
	for i := len(p.ops) - 1; i >= 0; i-- {
		p.alone[i] = 1
		if o := &p.ops[i]; o.straight() && i+1 < len(p.ops) && !p.ops[i+1].visible() && p.alone[i+1] < math.MaxUint16 {
			p.alone[i] += p.alone[i+1]
		}
	}
}

// straight reports that the next instruction follows, whatever this one does, and that it has no second half.
func (o *op) straight() bool {
	switch o.code & 7 {
	case insn.ALU, insn.ALU64, insn.LDX, insn.ST, insn.STX:
		return true
	}
	return false
}
