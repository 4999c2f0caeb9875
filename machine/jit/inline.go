package jit

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// What is written in the place of a call: functions of so many instructions at most, nested so deep.
const (
	inlineInsns = 100
	inlineDepth = 3
)

// mayInline reports whether the function of p that begins at start can be written in the place of a call.
func (f *function) mayInline(p *Program, start int) bool {
	n, ok := p.function(start)
	if !ok || f.depth >= inlineDepth || p.end(n)-start > inlineInsns {
		return false
	}
	for pc := start; pc < p.end(n); pc++ {
		// These may return from within the instruction.
		in := &p.Insns[pc]
		if to, jumps := p.target(pc); jumps && in.Op() != insn.EXIT && to <= pc {
			return false // loops call the host at the function's start
		}
		if _, tail := p.Sites[pc].Call.(TailCall); tail || in.Class() == insn.LD && in.Mode() != insn.IMM {
			return false
		}
	}
	return true
}

// argument of a call: who pushes it, and which register it is; r0 for none.
type argument struct {
	push func()
	reg  uint8
}

// inline writes the function at a place in the place of a call, and pushes its result.
func (f *function) inline(pc int, at place, args []argument) {
	n, _ := at.p.function(at.start)
	blocks, graph, err := at.p.blocks(at.start, at.p.end(n))
	if err != nil {
		f.fail(pc, "%v", err)
		return
	}
	callee := &function{Code: f.Code, m: f.m, p: at.p, zero: f.zero, depth: f.depth + 1, callback: at.callback}
	callee.cut(blocks, graph)
	callee.locals(func() uint32 { return f.Local(wasm.I64) })
	for i, arg := range args {
		arg.push()
		callee.set(uint8(insn.R1 + i))
		callee.same(uint8(insn.R1+i), f, arg.reg)
	}
	f.calleeFrame()
	callee.set(insn.FP)
	f.Code.Block(wasm.I64)
	callee.prologue(at.start, at.p.end(n))
	f.m.write(graph, callee)
	f.Op(wasm.Unreachable)
	f.End()
	if f.err == nil {
		f.err = callee.err
	}
}

// run calls the function at a place, or writes it here, and pushes its result. args are what the first registers
// get; the others are zero.
func (f *function) run(pc int, at place, args ...argument) {
	if f.mayInline(at.p, at.start) {
		f.inline(pc, at, args)
		return
	}
	for i := range insn.MaxArgs {
		if i < len(args) {
			args[i].push()
		} else {
			f.Const64(0)
		}
	}
	f.calleeFrame()
	f.Call(f.m.function(at))
}

// arguments push r1 and so on.
func (f *function) arguments(n int) []argument {
	args := make([]argument, n)
	for i := range args {
		reg := uint8(insn.R1 + i)
		args[i] = argument{func() { f.get(reg) }, reg}
	}
	return args
}
