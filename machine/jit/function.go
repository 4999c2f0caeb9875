package jit

import (
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/flow"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// How often the host is called, so that Go can stop the goroutine and a run can be cancelled. A call in a loop makes
// the loop slower, though it be seldom made, as the compiler then keeps variables in memory. So a function without nested
// loops, whose rounds the verifier or may_goto bounds, has none in its loops but one at its start.
const (
	entryBatch   = 16      // calls of a function with loops, a power of two
	mayGotoBatch = 4 << 10 // rounds of may_goto
	mayGotoMax   = 8 << 20 // rounds of may_goto that a call of a function goes on for (BPF_MAX_LOOPS)
	roundBatch   = 64 << 10
	loopBatch    = 1 << 10 // rounds of bpf_loop
	runBatch     = 1 << 8  // runs of a program, a power of two
)

// function writes one function of a program. Registers are local variables.
type function struct {
	*wasm.Code
	m      *module
	p      *Program
	blocks []block
	regs   [insn.MaxReg]uint32
	frame  uint32              // i32: address of the lowest byte of the stack frame
	offset [insn.MaxReg]uint32 // i32: lower halves of registers, where they are known
	zero   uint32              // i32: nothing else, ever
	tmp    uint32              // i64
	addr   uint32              // i32
	known
	only    []int   // the only block that leads to each
	leaving []known // at the end of each block
	// left counts rounds down, of may_goto or of loops without; batches counts may_goto's batches.
	left, batches uint32
	mayGoto       bool
	nested        bool // there are loops in loops
	callback      int  // of the whole program, that it calls by address; none if it does not
	depth         int  // how many calls it is written in the place of
	err           error
}

// signature of a function: r1 to r5 and the frame pointer; r0.
var signature = []wasm.Type{wasm.I64, wasm.I64, wasm.I64, wasm.I64, wasm.I64, wasm.I64}

// translate writes the function at a place.
func (m *module) translate(at place) (*wasm.Code, error) {
	p := at.p
	n, ok := p.function(at.start)
	if !ok {
		return nil, fmt.Errorf("no function begins at instruction %d", at.start)
	}
	end := p.end(n)
	blocks, graph, err := p.blocks(at.start, end)
	if err != nil {
		return nil, err
	}
	f := &function{Code: wasm.NewCode(len(signature)), m: m, p: p, callback: at.callback}
	f.cut(blocks, graph)
	loops, nested := flow.Loops(graph)
	f.nested = nested && !p.Short
	params := uint32(0)
	f.locals(func() uint32 { params++; return params - 1 })
	f.zero = f.Local(wasm.I32)
	if loops && !p.Short {
		f.tickAtEntry()
	}
	f.checkConstants(at.start, end)
	f.prologue(at.start, end)
	m.write(graph, f)
	f.Op(wasm.Unreachable)
	return f.Code, f.err
}

// cut takes the blocks that the function is cut into.
func (f *function) cut(blocks []block, g *flow.Graph) {
	f.blocks, f.only, f.leaving = blocks, onlyBefore(g), make([]known, len(blocks))
}

// locals makes the variables of a function; those that it gets from its caller come from param, in order.
func (f *function) locals(param func() uint32) {
	for r := insn.R1; r <= insn.R5; r++ {
		f.regs[r] = param()
	}
	f.regs[insn.FP] = param()
	f.regs[insn.R0] = f.Local(wasm.I64)
	for r := insn.R6; r <= insn.R9; r++ {
		f.regs[r] = f.Local(wasm.I64)
	}
	for r := range f.offset {
		f.offset[r] = f.Local(wasm.I32)
	}
	f.tmp = f.Local(wasm.I64)
	f.frame, f.addr, f.left, f.batches = f.Local(wasm.I32), f.Local(wasm.I32), f.Local(wasm.I32), f.Local(wasm.I32)
}

// prologue prepares what the function's instructions use.
func (f *function) prologue(start, end int) {
	usesFrame := false
	for pc := start; pc < end; pc++ {
		in := &f.p.Insns[pc]
		usesFrame = usesFrame || in.Src == insn.FP || in.Dst == insn.FP
		f.mayGoto = f.mayGoto || in.IsMayGoto()
	}
	if usesFrame {
		f.get(insn.FP)
		f.Const64(FrameSize)
		f.Op(wasm.I64Sub, wasm.I32WrapI64)
		f.Set(f.frame)
	}
	switch { // of may_goto's rounds one more than counted: as many as the kernel's
	case f.mayGoto && f.nested:
		f.Const32(mayGotoBatch + 1)
	case f.mayGoto:
		f.Const32(mayGotoMax + 1)
	default:
		f.Const32(roundBatch)
	}
	f.Set(f.left)
	f.Const32(0)
	f.Set(f.batches)
}

// entryCount is where calls of functions with loops are counted: in the lowest 64 KiB, where nothing else lies.
const entryCount = 32 << 10

// tickAtEntry calls the host each time that so many functions with loops were entered.
func (f *function) tickAtEntry() {
	f.Get(f.zero)
	f.Get(f.zero)
	f.Access(wasm.I32Load, entryCount)
	f.Const32(1)
	f.Op(wasm.I32Add)
	f.Tee(f.left)
	f.Access(wasm.I32Store, entryCount)
	f.tickEvery(entryBatch, f.left)
}

// tickEvery calls the host when a count is a multiple of batch, a power of two.
func (f *function) tickEvery(batch int32, count uint32) {
	f.Get(count)
	f.Const32(batch - 1)
	f.Op(wasm.I32And, wasm.I32Eqz)
	f.If()
	f.Call(f.m.tick)
	f.End()
}

func (f *function) get(reg uint8) { f.Get(f.regs[reg]) }

func (f *function) set(reg uint8) {
	f.Set(f.regs[reg])
	f.forget(reg)
}

// get32 pushes the lower half of a register, as an i32.
func (f *function) get32(reg uint8) {
	f.get(reg)
	f.Op(wasm.I32WrapI64)
}

// set32 pops an i32 into a register, zero-extended.
func (f *function) set32(reg uint8) {
	f.Op(wasm.I64ExtendI32U)
	f.set(reg)
}

func (f *function) fail(pc int, format string, args ...any) {
	if f.err == nil {
		f.err = fmt.Errorf("instruction %d: %s", pc, fmt.Sprintf(format, args...))
	}
}

var _ flow.Writer = (*function)(nil)

// Body writes the instructions of a block.
func (f *function) Body(n int) {
	b := &f.blocks[n]
	f.arrive(n)
	defer func() { f.leaving[n] = f.known }()
	switch b.kind {
	case dead:
		return
	case exhausts:
		f.Call(f.m.tick)
		f.Const32(mayGotoBatch)
		f.Set(f.left)
		f.count(f.batches, 1)
		return
	}
	f.straight(b.start, b.end, b.choices)
	if b.either != nil {
		f.decide(b)
	}
}

// straight writes the instructions [start, end), of which those that jump are choices.
func (f *function) straight(start, end int, choices map[int]int) {
	for pc := start; pc < end; pc += f.p.width(pc) {
		if n := choices[pc]; n > 0 {
			f.choose(pc, n)
			pc += n
			continue
		}
		f.insn(pc)
	}
}

// Condition writes the condition of the jump that ends a block.
func (f *function) Condition(n int) {
	b := &f.blocks[n]
	switch {
	case b.kind == exhausts:
		f.Get(f.batches)
		f.Const32(mayGotoMax / mayGotoBatch)
		f.Op(wasm.I32Eq)
	case f.p.Insns[b.last].Op() == insn.JCOND:
		f.count(f.left, -1)
		f.Get(f.left)
		f.Op(wasm.I32Eqz)
	default:
		f.condition(b.last)
	}
}

// count adds to an i32 variable.
func (f *function) count(local uint32, n int32) {
	f.Get(local)
	f.Const32(n)
	f.Op(wasm.I32Add)
	f.Set(local)
}

// Leave writes the end of a block that nothing follows.
func (f *function) Leave(n, depth int) {
	if b := &f.blocks[n]; b.kind == dead {
		f.Const32(int32(b.start))
		f.Call(f.m.reached)
		f.Op(wasm.Unreachable)
		return
	}
	f.get(insn.R0)
	if f.depth > 0 {
		f.Br(depth)
	} else {
		f.Op(wasm.Return)
	}
}

// Block opens a block.
func (f *function) Block() { f.Code.Block(wasm.None) }

// Loop opens a loop. With loops in loops a round calls the host now and then; may_goto does so by itself.
func (f *function) Loop(int) {
	f.Code.Loop()
	if f.mayGoto || !f.nested {
		return
	}
	f.count(f.left, -1)
	f.Get(f.left)
	f.Op(wasm.I32Eqz)
	f.If()
	f.Call(f.m.tick)
	f.Const32(roundBatch)
	f.Set(f.left)
	f.End()
}

// If opens a condition.
func (f *function) If() { f.Code.If(wasm.None) }

// Choose remembers the block that Dispatch goes on with.
func (f *function) Choose(block int) {
	f.Const32(int32(block))
	f.Set(f.addr)
}

// Dispatch branches to the block that is remembered.
func (f *function) Dispatch(labels []int) {
	f.Get(f.addr)
	f.BrTable(labels)
}

// insn writes one instruction that is no jump.
func (f *function) insn(pc int) {
	in := &f.p.Insns[pc]
	switch in.Class() {
	case insn.ALU64:
		f.alu64(pc, in)
	case insn.ALU:
		f.alu32(pc, in)
	case insn.LD:
		f.ld(pc, in)
	case insn.LDX:
		f.load(pc, in)
	case insn.ST:
		f.store(pc, in)
	case insn.STX:
		if in.Mode() == insn.ATOMIC {
			f.atomic(pc, in)
		} else {
			f.store(pc, in)
		}
	case insn.JMP, insn.JMP32:
		f.call(pc, in)
	}
}
