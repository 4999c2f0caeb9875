package machine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Input is what a program is run on, as BPF_PROG_TEST_RUN takes it.
type Input struct {
	Data []byte // the packet, from its Ethernet header on
	Ctx  []byte // the context, or arguments
	CPU  int    // which one runs it
	// Repeat is how often the program runs, on the packet and context as the run before left them; below 1 means once.
	Repeat int
	// Observe is called before each instruction, if it is not nil: the program may be another after a tail call. An observed
	// program is interpreted.
	Observe func(p *Program, insn int)
}

// Result is what a run gave.
type Result struct {
	Return   uint32        // what the kernel makes of r0: its lower half
	R0       uint64        // all of it
	Insns    uint64        // instructions run, in all repetitions; compiled programs don't count them
	Duration time.Duration // what running took, in real time, without compiling
	DataOut  []byte        // the packet afterwards; nil for programs without
	CtxOut   []byte        // the context afterwards; nil for programs whose context is none of the user's
	Printk   []string      // lines of bpf_printk
}

// run is one run of a program.
type run struct {
	p      *Program
	c      *CPU
	in     Input
	out    *Result
	finish func(*run) // as the program's entry has it

	skb    *skb
	xdp    *packet
	user   *userContext
	ctx    *block   // what r1 points to; nil for nothing
	blocks []*block // freed with the run

	sleepable bool
	retval    int32 // what user space gets, as a program of a cgroup has said

	held      map[*block]holding   // objects it owns
	iterators map[uint64]*iterator // by their address
	dynptrs   map[uint64]*dynptr   // by their address; those that were overwritten too
}

// entry is how programs of a type are run. Each family registers its own when the program starts.
type entry struct {
	// prepare makes the context that r1 points to, run.ctx.
	prepare func(*run) error
	packet  bool // programs take a packet
	// finish takes the outputs; nil for none.
	finish func(*run)
}

var entries = map[abi.ProgType]entry{}

func registerEntry(e entry, types ...abi.ProgType) {
	for _, t := range types {
		register(entries, map[abi.ProgType]entry{t: e})
	}
}

// InputError is an input that BPF_PROG_TEST_RUN would refuse.
type InputError struct {
	Program string
	Errno   abi.Errno
	Reason  string
}

func (e *InputError) Error() string { return fmt.Sprintf("%s: %s", e.Program, e.Reason) }

// Unwrap gives the errno, for errors.Is.
func (e *InputError) Unwrap() error { return e.Errno }

func (r *run) refuse(format string, args ...any) error {
	return &InputError{r.p.Name(), abi.EINVAL, fmt.Sprintf(format, args...)}
}

// slice is how many instructions are run before the context is looked at.
const slice = 1 << 20

// Run runs the program. The error is a *Fault, an *UnsupportedError, an *InputError or ctx's; with the first two there is
// a result too, of the run until then.
func (p *Program) Run(ctx context.Context, in Input) (*Result, error) {
	m := p.machine
	m.printk = nil
	r, err := p.prepare(in)
	if r != nil {
		defer r.end()
	}
	if err != nil {
		return nil, err
	}
	if err = r.all(ctx); err == nil {
		r.outputs()
		err = m.settle(ctx, r)
	}
	r.out.Printk = m.printk
	if isFault(err) || errors.Is(err, ErrUnsupported) {
		return r.out, err
	}
	if err != nil {
		return nil, err
	}
	return r.out, nil
}

// prepare makes a run of the program. One that is returned is to be ended, whatever the error.
func (p *Program) prepare(in Input) (*run, error) {
	m := p.machine
	if in.CPU < 0 || in.CPU >= len(m.cpus) {
		return nil, fmt.Errorf("%s: CPU %d: the machine has %d", p.Name(), in.CPU, len(m.cpus))
	}
	typ := attach.Rules(m.k, p.img).Type
	e, ok := entries[typ]
	if !ok {
		return nil, unsupported("a way to run programs of type %s", typ)
	}
	r := &run{p: p, c: m.cpus[in.CPU], in: in, out: &Result{}, finish: e.finish, sleepable: p.img.Sleepable}
	return r, e.prepare(r)
}

// outputs takes what a run that ended gave.
func (r *run) outputs() {
	if r.finish != nil {
		r.finish(r)
	}
}

// all runs the program as often as asked.
func (r *run) all(ctx context.Context) error {
	times := max(r.in.Repeat, 1)
	fast := r.p.compile(r)
	start := time.Now()
	defer func() { r.out.Duration = time.Since(start) }()
	if fast != nil {
		return fast.run(ctx, uint64(times), r)
	}
	for range times {
		if err := r.once(ctx); err != nil {
			return err
		}
	}
	return nil
}

// returned notes what the program returned.
func (r *run) returned(r0 uint64) {
	r.out.R0, r.out.Return = r0, uint32(r0)
}

// once interprets the program from its first instruction to its end.
func (r *run) once(ctx context.Context) error {
	r.c.begin(r)
	if err := r.interpret(ctx); err != nil {
		return err
	}
	r.returned(r.c.r[insn.R0])
	return nil
}

// interpret goes on to the end of what the run's CPU has begun.
func (r *run) interpret(ctx context.Context) error {
	c, n := r.c, slice
	if r.in.Observe != nil {
		n = 1
	}
	defer func() { r.out.Insns += c.insns }()
	for c.status != ended {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.in.Observe != nil {
			for i := range c.prog.ops[c.pc].insns() {
				r.in.Observe(c.prog, c.pc+i)
			}
		}
		if err := c.step(n); err != nil {
			return err
		}
		if c.status == blocked {
			return c.blame(c.waitsForEver())
		}
	}
	return nil
}

// own makes the run free a block at its end.
func (r *run) own(b *block) *block {
	r.blocks = append(r.blocks, b)
	return b
}

// show gives the program a context of that many bytes, for which v answers.
func (r *run) show(size uint32, v view) (err error) {
	if r.ctx, err = r.p.machine.mem.allocView(size, v, "context"); err == nil {
		r.own(r.ctx)
	}
	return err
}

// end frees what the run was made for.
func (r *run) end() {
	if r.skb != nil {
		r.own(r.skb.pkt.obj)
	}
	if r.user != nil {
		r.own(r.user.data.obj)
	}
	if r.xdp != nil {
		r.own(r.xdp.obj)
		for _, f := range r.xdp.pieces {
			r.own(f.block)
		}
	}
	for _, b := range r.blocks {
		r.p.machine.freeLater(b, place{})
	}
	r.giveAll()
	r.c.leaveAll()
}

// begin makes c run the program of r from its first instruction.
func (c *CPU) begin(r *run) {
	for i := range len(c.frames) + 1 { // what a run that failed has left
		c.m.mem.renewFrame(c.stack, i)
	}
	*c = CPU{m: c.m, mem: c.mem, id: c.id, stack: c.stack, frames: c.frames[:0], prog: r.p, run: r, status: running, leaks: r.p.leaks[0], sections: sections{ended: c.ended, runs: c.runs}, spread: c.spread}
	c.r[insn.FP] = c.m.mem.frameAddr(c.stack, 0)
	if r.ctx != nil {
		c.r[insn.R1] = r.ctx.addr
	}
}
