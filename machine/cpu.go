package machine

import (
	"errors"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit"
)

// status is what a CPU is doing.
type status uint8

const (
	idle    status = iota
	running        // has instructions to run
	blocked        // the instruction at pc waits for another CPU, and is run again
	ended          // the program has returned; r0 is what
	failed         // a fault, or something the machine lacks
)

// CPU is one processor: what it runs and where. CPUs of a machine share its memory; who steps which of them
// decides how they interleave, so an interleaving can be run again.
type CPU struct {
	m      *Machine
	mem    *memory // that its programs access
	id     int
	r      [16]uint64 // r0 to r10
	pc     int
	prog   *Program
	frames []frame
	status status
	insns  uint64 // run since the program began
	todo   int    // instructions that step was asked for
	left   int    // of them, where a slow one is run

	args      args // of the helper at work
	run       *run // the run that the program belongs to
	tailCalls int
	mayGotos  uint32 // of the function at work
	leaks     bool   // addresses of the function's stack may be elsewhere
	stack     *block // maxFrames frames

	compiled bool // the run is of compiled code
	pending  callBack

	sections        // it is in
	borrowed []lent // from lists and trees, under the lock it holds
	waits    *lock  // that it is blocked on
	deadline uint64 // of that, on the clock; 0 for none
	spread   int    // CPU that bpf_cpumask_any_distribute gave last
}

// callBack is a function that a helper has called back, of compiled code.
type callBack struct {
	prog *Program
	pc   int
	args [insn.MaxArgs]uint64
	then func(r0 uint64) (uint64, error)
}

// Limits on what a program may nest.
const (
	maxTailCalls = 33
	maxFrames    = 8 * (maxTailCalls + 1) // calls: the verifier allows 8, and a tail call among them leads to 8 more
	frameSize    = jit.FrameSize          // bytes of stack of a function
	frameStride  = jit.FrameStride
	// maxMayGoto is how often may_goto goes on in a function (BPF_MAX_LOOPS).
	maxMayGoto = 8 << 20
)

// frame is what a function that has called another goes on with.
type frame struct {
	pc    int
	prog  *Program // whose instructions pc counts
	saved [4]uint64
	// mayGotos is how often the function went on at a may_goto.
	mayGotos uint32
	leaks    bool // addresses of the function's stack may be elsewhere
	// then is what a helper that has called back does with the result; nil for a call of a subprogram.
	then func(r0 uint64) (uint64, error)
}

// enter begins a function at pc. The caller goes on at c.pc.
func (c *CPU) enter(prog *Program, pc int, then func(uint64) (uint64, error)) error {
	if len(c.frames)+1 >= maxFrames {
		return &Fault{Kind: StackTooDeep}
	}
	f := frame{pc: c.pc, prog: c.prog, mayGotos: c.mayGotos, leaks: c.leaks, then: then}
	copy(f.saved[:], c.r[insn.R6:insn.R10])
	c.frames = append(c.frames, f)
	c.prog, c.pc, c.mayGotos, c.leaks = prog, pc, 0, prog.leaks[pc]
	c.r[insn.FP] = c.m.mem.frameAddr(c.stack, len(c.frames))
	return nil
}

// leave ends a function.
func (c *CPU) leave() error {
	if c.leaks {
		c.m.mem.renewFrame(c.stack, len(c.frames))
	}
	if len(c.frames) == 0 {
		return c.end()
	}
	f := &c.frames[len(c.frames)-1]
	copy(c.r[insn.R6:insn.R10], f.saved[:])
	c.pc, c.prog, c.mayGotos, c.leaks = f.pc, f.prog, f.mayGotos, f.leaks
	then := f.then
	c.frames = c.frames[:len(c.frames)-1]
	c.r[insn.FP] = c.m.mem.frameAddr(c.stack, len(c.frames))
	if then == nil {
		return nil
	}
	return c.result(then(c.r[insn.R0]))
}

// end ends the program.
func (c *CPU) end() error {
	if err := c.handOver(c.r[insn.R0]); err != nil {
		return err
	}
	if err := c.mayEnd("the program ends"); err != nil {
		return err
	}
	c.status = ended
	return nil
}

// callBack calls the function at an address with arguments. The helper that asked returns, and goes on with
// then when the function has: what then returns is the helper's result, unless it calls back again.
func (c *CPU) callBack(fn uint64, then func(r0 uint64) (uint64, error), args ...uint64) (uint64, error) {
	prog, pc, err := c.m.codeAt(fn)
	if err != nil {
		return 0, err
	}
	if c.compiled {
		c.pending = callBack{prog: prog, pc: pc, then: then}
		copy(c.pending.args[:], args)
		return 0, errCalledBack
	}
	if err := c.enter(prog, pc, then); err != nil {
		return 0, err
	}
	copy(c.r[insn.R1:insn.R6], args)
	return 0, errCalledBack
}

// What a helper returns as an error that is none: it goes on later.
var (
	errCalledBack = errors.New("the helper has called back")
	errBlocked    = errors.New("the helper waits for another CPU")
)

// result takes what a helper returned, unless it has called back or waits.
func (c *CPU) result(v uint64, err error) error {
	switch err {
	case nil:
		c.r[insn.R0] = v
	case errBlocked:
		c.status = blocked
		c.pc-- // to be called again
	case errCalledBack:
	default:
		return err
	}
	return nil
}

// control runs an instruction that may change the flow. c.pc is the next one.
func (c *CPU) control(o *op) error {
	switch o.code {
	case insn.JMP | insn.EXIT:
		return c.leave()
	case opCall:
		return c.enter(c.prog, int(o.off), nil)
	case insn.JMP | insn.CALL | insn.X: // callx
		prog, pc, err := c.m.codeAt(c.r[o.dst])
		if err != nil {
			return err
		}
		return c.enter(prog, pc, nil)
	case insn.LD | insn.ABS | insn.B, insn.LD | insn.ABS | insn.H, insn.LD | insn.ABS | insn.W:
		return c.loadPacket(uint32(o.imm), o.size)
	case insn.LD | insn.IND | insn.B, insn.LD | insn.IND | insn.H, insn.LD | insn.IND | insn.W:
		return c.loadPacket(uint32(o.imm+c.r[o.src]), o.size)
	case opCast:
		v, err := c.m.castArena(c.r[o.src], o.imm)
		c.r[o.dst] = v
		return err
	case opPercpu:
		return unsupported("address of a per-CPU variable by instruction")
	}
	return &Fault{Kind: BadCode, Reason: "no such instruction"}
}

// call calls a helper or kfunc.
func (c *CPU) call(f *callee) error {
	if err := c.mayCall(f); err != nil {
		return err
	}
	if f.fn == nil {
		return unsupported("%s", f.name)
	}
	c.args = args(c.r[insn.R1:insn.R6])
	return c.result(f.fn(c, &c.args))
}

// tooOften counts a may_goto.
func (c *CPU) tooOften() bool {
	c.mayGotos++
	return c.mayGotos > maxMayGoto
}

// place is where a CPU is.
type place struct {
	prog *Program
	insn int32
	cpu  int32
}

// here is the instruction that c runs: the one before pc.
func (c *CPU) here() place {
	if c == nil || c.prog == nil {
		return place{}
	}
	return place{c.prog, int32(c.pc) - 1, int32(c.id)}
}

func (p place) where() Where {
	if p.prog == nil {
		return Where{}
	}
	return Where{Program: p.prog.Name(), Insn: int(p.insn), Source: p.prog.Source(int(p.insn)), CPU: int(p.cpu)}
}

// blame says in an error where it happened.
func (c *CPU) blame(err error) error {
	at := place{c.prog, int32(c.pc), int32(c.id)}.where()
	switch e := err.(type) {
	case *Fault:
		e.Where = at
	case *UnsupportedError:
		e.Where = at
	}
	return err
}

// info describes an object in reports.
func (o *block) info() *Object {
	i := &Object{Name: o.name, Addr: o.addr, Size: o.size, Birth: o.birth.where(), Death: o.death.where(), Dead: o.dead}
	if o.own != nil {
		i.State, i.Moved, i.Lent = o.own.state, o.own.moved.where(), o.own.lent.where()
	}
	return i
}
