package jit

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// Native is a call of a function that is compiled with the program, and is none of its own.
type Native struct {
	Func *Program // its first function
	Args int      // how many it takes
	// Callback is the first instruction of the program's function that Func calls by address; -1 for none.
	Callback int
	// Reads: it only reads, and what its arguments point to.
	Reads bool
	// Owner, if it is not 0, is where in the object at r2 8 bytes are that must be zero; else the host does the call.
	Owner uint32
}

func (n Native) write(f *function, pc int) {
	run := func() { f.run(pc, place{n.Func, 0, n.Callback}, f.arguments(n.Args)...) }
	if n.Owner == 0 {
		run()
		return
	}
	f.Access(wasm.I64Load, f.base(insn.R2)+n.Owner)
	f.Op(wasm.I64Eqz)
	f.Code.If(wasm.I64)
	run()
	f.Else()
	f.askHost(pc)
	f.End()
}

// Exchange is a call of bpf_kptr_xchg.
type Exchange struct{}

func (Exchange) write(f *function, _ int) {
	if f.m.program.Shared {
		at := f.base(insn.R1)
		f.get(insn.R2)
		f.Atomic(wasm.AtomicXchg, 8, at)
		return
	}
	old := f.Local(wasm.I64)
	f.Access(wasm.I64Load, f.base(insn.R1))
	f.Set(old)
	at := f.base(insn.R1)
	f.get(insn.R2)
	f.Access(wasm.I64Store, at)
	f.Get(old)
}
