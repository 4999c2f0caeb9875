// Package program makes every check of a program that needs no walk over its paths, in the kernel's order.
// Prepare comes before the walk and finds what that starts from: functions, control flow, live registers, and
// what immediates stand for. Finish comes after it: stack depth, and what can't be rewritten.
package program

import (
	"errors"
	"slices"
	"strconv"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/liveness"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// MaxInsns is how many instructions a program may have (BPF_COMPLEXITY_LIMIT_INSNS).
const MaxInsns = 1000000

// Program is a program as the walk finds it. It belongs to one verification, which notes in it what it finds.
type Program struct {
	cfg.Graph // instructions, control flow, marks
	Image     *object.Image
	// Subprogs are the functions, in order of start: those of the graph, and what BTF says of them.
	Subprogs []Subprog
	// ExceptionCallback is the function to run when the program throws, 0 for none.
	ExceptionCallback int
	// CallOrder are the functions, callees before callers; nil where the kernel doesn't sort them.
	CallOrder []int
	// Consts are, by instruction, what registers surely hold; nil where the kernel doesn't ask.
	Consts   []cfg.Consts
	Imms     []Imm    // by instruction
	LiveRegs []uint16 // by instruction: the registers, as bits, that may be read from there on
	Target   *attach.Target
	// CallsKfuncs says that there are calls of kernel functions, reachable or not.
	CallsKfuncs bool
	// OddFields says that some instruction has something in a field that it has no use for, which only the walk refuses.
	OddFields bool

	// Seen says of each instruction whether some path ran it; for the walk to note.
	Seen []bool

	k    *kmodel.Model
	prog kmodel.Prog
	// maxDepth is the most stack that calls take, in bytes, as far as Finish found.
	maxDepth int
	// hiddenSubprog: the kernel appends a function, to unwind from exceptions.
	hiddenSubprog bool
}

// Recycle empties p, and keeps memory for the next program.
func (p *Program) Recycle() {
	p.Graph.Recycle()
	clear(p.Subprogs)
	*p = Program{Graph: p.Graph, Subprogs: p.Subprogs[:0]}
}

// Walked is how many instructions some path ran.
func (p *Program) Walked() int {
	n := 0
	for _, seen := range p.Seen {
		if seen {
			n++
		}
	}
	return n
}

// Subprog is one function.
type Subprog struct {
	*cfg.Subprog
	FuncInfo int  // index into Image.Funcs, -1 without
	Global   bool // BTF says global linkage
	// Exception: it is the exception callback.
	Exception bool

	// The rest is for the walk to note.
	StackDepth      int  // bytes
	Self, Total     int  // instructions processed in it, and while it was entered, if they are counted
	Callback, Async bool // a callback; one that runs on a stack of its own
	Removed         bool // by Finish: dead, not in the program that runs

	tailCallReachable bool // a tail call may return to it
	privStack         int8
}

// SubprogName is the name of a function from its BTF, "" without any.
func (p *Program) SubprogName(i int) string {
	if i < 0 || i >= len(p.Subprogs) || p.Subprogs[i].FuncInfo < 0 {
		return ""
	}
	return types.Name(p.Image.BTF.ByID(p.Image.Funcs[p.Subprogs[i].FuncInfo].TypeID))
}

// checker is one preparation.
type checker struct {
	*vlog.Log
	*Program
	printer *vlog.Printer
	other   *attach.Other
	kfuncs  map[kfuncRef]bool // kernel functions called
}

// Prepare checks the program img for the kernel k, logging by log, in an empty Program. calls tells what helper and
// kernel function calls do; other is what is known of img.AttachProg; what is noted of instructions lies in mem. What was found
// before a refusal is there with it.
func (p *Program) Prepare(log *vlog.Printer, k *kmodel.Model, img *object.Image, calls cfg.Calls, other *attach.Other, mem *scratch.Space) error {
	p.Graph.Start(img.Insns, calls, mem)
	p.Image, p.Seen, p.k, p.prog = img, scratch.Make[bool](mem, len(img.Insns)), k, attach.Program(k, img)
	c := checker{Log: log.Log, printer: log, other: other, Program: p}
	if n := len(img.Insns); n == 0 || n > MaxInsns {
		return vlog.Fail(abi.E2BIG)
	}
	if !k.Loads(c.prog) {
		return vlog.Fail(abi.EINVAL)
	}
	for i := range img.Insns { // asked of programs alone that have such an instruction
		switch in := &img.Insns[i]; {
		case in.IsPseudoFunc():
			c.NoFuncPointers = !k.Has(kmodel.FuncPointers)
		case in.Code == insn.JMP32|insn.JA:
			c.ShortJumps = !k.Has(kmodel.LongJumps)
		case in.IsIndirectJump() && c.JumpTable == nil:
			c.Indirect, c.IndirectEnds, c.JumpTable = k.Has(kmodel.IndirectJumps), k.Has(kmodel.IndirectJumpsLast), p.jumpTable
		}
	}
	c.CallbacksOnce, c.NoRecursion = !k.Has(kmodel.CallbackRounds), !k.Has(kmodel.CallsMayRecur)
	first := img.AttachBTFID != 0 && !k.Has(kmodel.TargetLast)
	for _, step := range []func() error{
		c.checkFuncInfo,
		c.findSubprogs,
		func() error { return c.graphStep(c.CheckJumps()) },
		c.checkFuncLayout,
		c.checkLineInfo,
		c.checkTargetIf(first),
		c.resolveImm64,
		func() error { return c.graphStep(c.Explore(c.ExceptionCallback)) },
		c.checkTargetIf(!first),
	} {
		if err := step(); err != nil {
			return err
		}
	}
	for i := range c.Subprogs {
		s := &c.Subprogs[i]
		s.tailCallReachable = s.HasTailCall
	}
	if n := c.ExceptionCallback; n != 0 {
		s := &c.Subprogs[n]
		s.Callback, s.Async, s.Exception = true, true, true
	}
	c.Order()
	static := k.Has(kmodel.StaticStackLiveness)
	if static || k.Has(kmodel.ConstantBranches) {
		c.Consts = c.Constants(c.constantSource())
	}
	if k.Has(kmodel.ConstantBranches) && c.PruneBranches(c.Consts) {
		c.Order()
		log.SetInsns(c.Insns)
	}
	if static || k.Has(kmodel.CallGraphOrder) {
		if err := c.orderCalls(); err != nil {
			return err
		}
	}
	c.Components(c.callsBack() && k.Has(kmodel.CallbackLoops))
	c.LiveRegs = liveness.Registers(&c.Graph)
	c.Fastcall()
	return nil
}

// callsBack reports that the program has functions that are called back.
func (c *checker) callsBack() bool {
	return slices.ContainsFunc(c.Marks, func(m cfg.Mark) bool { return m&cfg.CallsCallback != 0 })
}

// constantSource says what 64-bit immediates and constant maps hold.
func (c *checker) constantSource() cfg.Source {
	return cfg.Source{
		Address: func(i int) cfg.Known {
			in, imm := &c.Insns[i], &c.Imms[i]
			switch in.Src {
			case insn.PSEUDO_FUNC:
				if n := c.Find(i + int(in.Imm) + 1); n >= 0 {
					return cfg.Known{Kind: cfg.KnownFunc, Val: uint64(n)}
				}
			case insn.PSEUDO_MAP_FD, insn.PSEUDO_MAP_IDX:
				return cfg.Known{Kind: cfg.KnownMap, Map: imm.Map}
			case insn.PSEUDO_MAP_VALUE, insn.PSEUDO_MAP_IDX_VALUE:
				return cfg.Known{Kind: cfg.KnownValue, Map: imm.Map, Val: uint64(imm.MapOff)}
			}
			return cfg.Known{Kind: cfg.Unknown}
		},
		Load: func(m int32, off, size int, signExtend bool) (uint64, bool) {
			if !c.Image.Maps[m].Constant() {
				return 0, false
			}
			return c.Image.Maps[m].ReadConstant(off, size, signExtend)
		},
	}
}

// findSubprogs finds where functions start and checks that the kernel functions called exist.
func (c *checker) findSubprogs() error {
	if err := c.graphStep(c.Discover(c.checkKfuncExists)); err != nil {
		return err
	}
	c.CallsKfuncs = len(c.kfuncs) > 0
	c.Looked = 0
	if err := c.findExceptionCallback(); err != nil {
		return err
	}
	c.Subprogs = slices.Grow(c.Subprogs, len(c.Graph.Subprogs))[:len(c.Graph.Subprogs)]
	for i := range c.Subprogs {
		c.Subprogs[i] = Subprog{Subprog: &c.Graph.Subprogs[i], FuncInfo: -1}
		if c.Level > 1 {
			c.Printf("func#%d @%d\n", i, c.Subprogs[i].Start)
		}
	}
	return nil
}

// checkTarget verifies that the program may run where it attaches.
func (c *checker) checkTarget() (err error) {
	c.Looked = 0
	own := attach.Own{
		TailCalls:  c.tailCalls(),
		ChangesPkt: c.Subprogs[0].ChangesPkt, MightSleep: c.Subprogs[0].MightSleep,
	}
	c.Target, err = attach.Check(c.Log, c.k, c.Image, own, c.other)
	return err
}

// tailCalls reports that some function of the program tail-calls.
func (p *Program) tailCalls() bool {
	return slices.ContainsFunc(p.Subprogs, func(s Subprog) bool { return s.HasTailCall })
}

// checkTargetIf is checkTarget where it has its turn, which is not the same on all kernels.
func (c *checker) checkTargetIf(turn bool) func() error {
	return func() error {
		if !turn {
			return nil
		}
		return c.checkTarget()
	}
}

// graphStep logs what a step of package cfg refused.
func (c *checker) graphStep(err error) error {
	if err == nil {
		return nil // before refused, which lives on the heap
	}
	var refused *cfg.Error
	if !errors.As(err, &refused) {
		return err
	}
	for _, idx := range refused.Sources {
		c.printer.LineInfo(idx, strconv.Itoa(idx)+": ")
	}
	if refused.Message == "" {
		return vlog.Fail(refused.Errno)
	}
	return c.RejectText(refused.Errno, refused.Format, refused.Message)
}
