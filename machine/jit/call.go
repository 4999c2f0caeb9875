package jit

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// Call is how a helper or kernel function is called without the host: it leaves the result in r0.
type Call interface {
	write(f *function, pc int)
}

// call writes a call.
func (f *function) call(pc int, in *insn.Insn) {
	switch {
	case in.IsPseudoCall():
		f.arguments()
		f.calleeFrame()
		f.callFunction(pc, pc+1+int(in.Imm))
		f.set(insn.R0)
	case in.SrcKind() == insn.X:
		f.fail(pc, "a call by address")
	case f.p.Sites[pc].Call != nil:
		f.p.Sites[pc].Call.write(f, pc)
	default:
		f.Const32(int32(pc))
		f.arguments()
		f.get(insn.FP)
		f.Call(f.m.helper)
		f.set(insn.R0)
	}
}

func (f *function) arguments() {
	for r := uint8(insn.R1); r <= insn.R5; r++ {
		f.get(r)
	}
}

// calleeFrame pushes the frame pointer of a function called from here.
func (f *function) calleeFrame() {
	f.get(insn.FP)
	f.Const64(FrameStride)
	f.Op(wasm.I64Sub)
}

// callFunction calls the function that begins at an instruction.
func (f *function) callFunction(pc, start int) {
	callee, ok := f.m.funcs[funcKey{f.p, start}]
	if !ok {
		f.fail(pc, "no function begins at instruction %d", start)
		return
	}
	f.Call(callee)
}
