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

// mayInline reports whether the function that begins at start can be written in the place of a call.
func (f *function) mayInline(start int) bool {
	n, ok := f.p.function(start)
	if !ok || f.depth >= inlineDepth || f.p.end(n)-start > inlineInsns {
		return false
	}
	for pc := start; pc < f.p.end(n); pc++ {
		// These may return from within the instruction.
		in := &f.p.Insns[pc]
		if to, jumps := f.p.target(pc); jumps && in.Op() != insn.EXIT && to <= pc {
			return false // loops call the host at the function's start
		}
		if _, tail := f.p.Sites[pc].Call.(TailCall); tail || in.Class() == insn.LD && in.Mode() != insn.IMM {
			return false
		}
	}
	return true
}

// inline writes the function that begins at start in the place of a call, with the arguments that args leave
// in its registers, and pushes its result.
func (f *function) inline(pc, start int, args func(callee *function)) {
	n, _ := f.p.function(start)
	blocks, graph, err := f.p.blocks(start, f.p.end(n))
	if err != nil {
		f.fail(pc, "%v", err)
		return
	}
	callee := &function{Code: f.Code, m: f.m, p: f.p, blocks: blocks, depth: f.depth + 1}
	callee.locals(func() uint32 { return f.Local(wasm.I64) })
	args(callee)
	f.calleeFrame()
	callee.set(insn.FP)
	f.Code.Block(wasm.I64)
	callee.prologue(start, f.p.end(n))
	f.m.write(graph, callee)
	f.Op(wasm.Unreachable)
	f.End()
	if f.err == nil {
		f.err = callee.err
	}
}

// run calls the function that begins at start, or writes it here, and pushes its result. args are what the
// first registers get; the others are zero.
func (f *function) run(pc, start int, args ...func()) {
	if f.mayInline(start) {
		f.inline(pc, start, func(callee *function) {
			for i, arg := range args {
				arg()
				callee.set(uint8(insn.R1 + i))
			}
		})
		return
	}
	for i := range insn.MaxArgs {
		if i < len(args) {
			args[i]()
		} else {
			f.Const64(0)
		}
	}
	f.calleeFrame()
	callee, ok := f.m.funcs[start]
	if !ok {
		f.fail(pc, "no function begins at instruction %d", start)
		return
	}
	f.Call(callee)
}
