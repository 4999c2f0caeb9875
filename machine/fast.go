package machine

import (
	"context"
	"encoding/binary"
	"errors"
	"runtime"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit"
)

// A machine with Options.Fast compiles programs when they are first run: what the verifier found out about each
// instruction says how it is done (fast_site.go). Compiled code works on the same memory and asks for the same
// helpers, but nothing is checked. A program that can't be compiled is interpreted.

// Bytes is the whole linear memory, for compiled code.
func (m *memory) Bytes() []byte { return m.buf }

// openStack makes all frames valid under one generation, so that compiled code finds a frame by subtraction.
func (m *memory) openStack(stack *block) {
	gen := m.shadow[frameStart(stack, 0)>>granuleShift]
	for depth := range maxFrames {
		if m.shadow[frameStart(stack, depth)>>granuleShift] != gen {
			m.stampFrame(stack, depth, gen&shadowGen)
		}
	}
}

// compiled is a program that was compiled, and what its code asks.
type compiled struct {
	p   *Program
	c   *CPU            // that runs it
	ctx context.Context // of the run
	l   *jit.Loaded

	slots []slot // of the context
	table *block // their values, 8 bytes each
}

// slot is a load from the context, kept ready in linear memory.
type slot struct {
	off    int16
	size   uint32
	signed bool
}

// NotCompiled says why a program is interpreted although the machine is a fast one. It is nil for one that is compiled
// or was not run yet.
func (p *Program) NotCompiled() error { return p.notCompiled }

// compile returns the compiled form of the program of a run that is prepared, nil if it is to be interpreted.
func (p *Program) compile(r *run) *compiled {
	if p.notCompiled != nil || !p.machine.compiles || r.in.Observe != nil {
		return nil
	}
	if p.fast == nil {
		p.fast = make([]*compiled, len(p.machine.cpus))
	}
	if at := &p.fast[r.c.id]; *at == nil && !p.machine.parallel {
		if u, err := p.translate(r); err == nil {
			*at = u
		} else {
			p.notCompiled = err
		}
	}
	return p.fast[r.c.id]
}

// compiledFor is the compiled form of the program for a CPU; nil if there is none.
func (p *Program) compiledFor(c *CPU) *compiled {
	if p.fast == nil {
		return nil
	}
	return p.fast[c.id]
}

func (p *Program) translate(r *run) (*compiled, error) {
	m := p.machine
	if m.engine == nil {
		var err error
		if m.engine, err = jit.New(m.mem); err != nil {
			return nil, err
		}
	}
	facts := p.facts()
	if facts == nil {
		return nil, errors.New("only what the verifier accepts can be compiled")
	}
	u := &compiled{p: p, c: r.c}
	code, err := u.describe(facts, r)
	if err != nil {
		return nil, err
	}
	u.l, err = m.engine.Load(code, u)
	return u, err
}

// run runs the program so many times.
func (u *compiled) run(ctx context.Context, times uint64, r *run) (err error) {
	u.p.machine.host.Lock()
	r.c.begin(r)
	u.p.machine.mem.openStack(r.c.stack)
	r.c.compiled = true
	u.p.machine.host.Unlock()
	fp := u.p.machine.mem.frameAddr(r.c.stack, 0)
	batch := times
	if u.calls("helper bpf_tail_call", "kfunc bpf_throw") {
		batch = 1 // tail calls are counted anew in each run, and an exception ends one
	}
	defer func() {
		if err != nil { // what the run owned is nobody's now
			jit.ReleaseLock(u.p.machine.mem, r.c.id)
			u.p.machine.lost = true
		}
	}()
	for done := uint64(0); done < times; done += batch {
		r.c.tailCalls = 0
		r0, err := u.enter(ctx, r.c, func() (uint64, error) { return u.l.Run(batch, r.c.r[insn.R1], fp) })
		if err != nil {
			if r0, err = r.c.caught(ctx, err, fp); err != nil {
				return err
			}
		}
		if err := u.ended(r, r0); err != nil {
			return err
		}
	}
	return nil
}

// ended judges and notes how a run of the program ended.
func (u *compiled) ended(r *run, r0 uint64) error {
	u.p.machine.host.Lock()
	defer u.p.machine.host.Unlock()
	if err := r.c.handOver(r0); err != nil {
		return u.at(len(u.p.ops)-2, err)
	}
	if err := r.c.mayEnd("the program ends"); err != nil {
		return u.at(len(u.p.ops)-2, err)
	}
	r.returned(r0)
	return nil
}

// enter runs code of the program on a CPU, and then goes on with what the CPU did before.
func (u *compiled) enter(ctx context.Context, c *CPU, code func() (uint64, error)) (uint64, error) {
	prog, outer := c.prog, *u
	u.ctx, u.c, c.prog = ctx, c, u.p
	u.refresh()
	r0, err := code()
	u.ctx, u.c, c.prog = outer.ctx, outer.c, prog
	return r0, err
}

// calls reports that the program calls one of these.
func (u *compiled) calls(names ...string) bool {
	return slices.ContainsFunc(u.p.callees, func(f *callee) bool { return slices.Contains(names, f.name) })
}

// refresh brings what is kept of the context up to date.
func (u *compiled) refresh() {
	if u.table == nil || u.c.run.ctx == nil {
		return
	}
	mem := u.p.machine.mem
	for i, s := range u.slots {
		v, err := mem.load(u.c.run.ctx.addr+uint64(int64(s.off)), s.size)
		if err != nil {
			v = 0 // it could be loaded when the program was compiled, and is a field
		}
		if s.signed {
			v = signExtend(v, uint8(s.size))
		}
		binary.LittleEndian.PutUint64(mem.buf[uint32(u.table.addr)+uint32(i)*8:], v)
	}
}

// at makes errors name the instruction.
func (u *compiled) at(pc int, err error) error {
	u.c.prog, u.c.pc = u.p, pc
	return u.c.blame(err)
}

// Helper calls a helper or kernel function, and the functions of the program that it calls back.
func (u *compiled) Helper(pc int, r *[5]uint64, fp uint64) (uint64, error) {
	u.p.machine.host.Lock()
	defer u.p.machine.host.Unlock()
	c, f := u.c, u.p.callees[u.p.ops[pc].imm]
	if f.fn == nil {
		return 0, u.at(pc, unsupported("%s", f.name))
	}
	c.prog, c.pc = u.p, pc+1
	a := args(*r)
	v, err := f.fn(c, &a)
	for errors.Is(err, errCalledBack) {
		b := c.pending
		if uint32(fp)-frameStride-frameSize < uint32(c.stack.addr) {
			return 0, u.at(pc, &Fault{Kind: StackTooDeep})
		}
		callee := b.prog.compiledFor(c)
		if callee == nil {
			return 0, u.at(pc, unsupported("a callback in a program that is not compiled"))
		}
		var r0 uint64
		r0, err = callee.enter(u.ctx, c, func() (uint64, error) {
			u.p.machine.host.Unlock() // others may call helpers meanwhile
			defer u.p.machine.host.Lock()
			return callee.l.Call(b.pc, b.args, fp-frameStride)
		})
		if err != nil {
			return 0, err
		}
		c.prog, c.pc = u.p, pc+1
		v, err = b.then(r0)
	}
	if errors.Is(err, errBlocked) {
		return 0, u.at(pc, c.waitsForEver())
	}
	if err != nil {
		return 0, u.at(pc, err)
	}
	u.refresh()
	return v, nil
}

// TailCall runs the program that bpf_tail_call finds.
func (u *compiled) TailCall(pc int, r [3]uint64, fp uint64) (r0 uint64, ok bool, err error) {
	u.p.machine.host.Lock()
	defer u.p.machine.host.Unlock()
	c := u.c
	c.prog, c.pc = u.p, pc+1
	if _, err := tailCall(c, &args{r[0], r[1], r[2]}); err != nil {
		return 0, false, u.at(pc, err)
	}
	if c.prog == u.p && c.pc == pc+1 {
		return 0, false, nil
	}
	next := c.prog.compile(c.run)
	if next == nil {
		return 0, false, u.at(pc, unsupported("a tail call to %s, which is not compiled (%v)", c.prog.Name(), c.prog.notCompiled))
	}
	r0, err = next.enter(u.ctx, c, func() (uint64, error) {
		u.p.machine.host.Unlock()
		defer u.p.machine.host.Lock()
		return next.l.Call(0, [5]uint64{r[0]}, fp)
	})
	return r0, true, err
}

// Load reads memory that is not known to be plain.
func (u *compiled) Load(pc int, addr uint64) (uint64, error) {
	u.p.machine.host.Lock()
	defer u.p.machine.host.Unlock()
	v, err := u.p.machine.mem.load(addr, uint32(u.p.ops[pc].size))
	if err != nil && !u.p.probes(pc) {
		return 0, u.at(pc, err)
	}
	return v, nil
}

// Store writes memory that is not known to be plain.
func (u *compiled) Store(pc int, addr, value uint64) error {
	u.p.machine.host.Lock()
	defer u.p.machine.host.Unlock()
	if err := u.p.machine.mem.store(addr, uint32(u.p.ops[pc].size), value); err != nil {
		return u.at(pc, err)
	}
	u.refresh()
	return nil
}

// Packet does LD|ABS and LD|IND.
func (u *compiled) Packet(pc int, src uint64) (uint32, bool, error) {
	u.p.machine.host.Lock()
	defer u.p.machine.host.Unlock()
	o := &u.p.ops[pc]
	v, ok, err := u.c.packetAt(uint32(o.imm+src), o.size)
	if err != nil {
		err = u.at(pc, err)
	}
	return v, ok, err
}

// Tick ends a run whose context is cancelled.
func (u *compiled) Tick() error {
	if u.p.machine.parallel {
		runtime.Gosched()
	}
	return u.ctx.Err()
}

// Reached is about an instruction that the verifier took for unreachable.
func (u *compiled) Reached(pc int) error {
	return u.at(pc, &Fault{Kind: BadCode, Reason: "no path leads here, says the verifier"})
}
