package jit

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// TailCall is a call of bpf_tail_call.
type TailCall struct{}

func (TailCall) write(f *function, pc int) {
	f.Const32(int32(pc))
	for r := uint8(insn.R1); r <= insn.R3; r++ {
		f.get(r)
	}
	f.get(insn.FP)
	f.Call(f.m.tail)
	f.If()
	f.Call(f.m.tailResult)
	f.Op(wasm.Return)
	f.End()
	f.get(insn.R0) // as it was
}
