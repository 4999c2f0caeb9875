package jit

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// Call is how a helper or kernel function is called without the host: it pushes the result.
type Call interface {
	write(f *function, pc int)
}

// call writes a call.
func (f *function) call(pc int, in *insn.Insn) {
	switch {
	case in.IsPseudoCall():
		f.run(pc, place{f.p, pc + 1 + int(in.Imm), f.callback}, f.arguments(insn.MaxArgs)...)
	case in.SrcKind() == insn.X && f.callback != none:
		f.run(pc, place{f.m.program, f.callback, none}, f.arguments(insn.MaxArgs)...)
	case in.SrcKind() == insn.X:
		f.fail(pc, "a call by address")
		return
	case f.p.Sites[pc].Call != nil:
		f.p.Sites[pc].Call.write(f, pc)
	default:
		f.askHost(pc)
	}
	f.set(insn.R0)
}

// askHost makes the host do a call and pushes the result.
func (f *function) askHost(pc int) {
	f.Const32(int32(pc))
	for r := uint8(insn.R1); r <= insn.R5; r++ {
		f.get(r)
	}
	f.get(insn.FP)
	f.Call(f.m.helper)
}

// calleeFrame pushes the frame pointer of a function called from here.
func (f *function) calleeFrame() {
	f.get(insn.FP)
	f.Const64(FrameStride)
	f.Op(wasm.I64Sub)
}
