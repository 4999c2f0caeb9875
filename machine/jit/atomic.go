package jit

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// atomic writes an atomic instruction. One CPU runs at a time, so that load, operation and store are one step.
func (f *function) atomic(pc int, in *insn.Insn) {
	if f.p.Sites[pc].Access != Plain {
		f.fail(pc, "atomic access to memory that the host keeps")
		return
	}
	size := in.Size() >> 3
	switch in.Imm {
	case insn.LOAD_ACQ:
		f.Access(loads[size], f.address(in.Src, in.Off))
		f.set(in.Dst)
		return
	case insn.STORE_REL:
		off := f.address(in.Dst, in.Off)
		f.get(in.Src)
		f.Access(stores[size], off)
		return
	}
	off := f.address(in.Dst, in.Off)
	f.Set(f.addr)
	f.Get(f.addr)
	f.Access(loads[size], off)
	f.Set(f.tmp)
	f.Get(f.addr)
	switch op := in.Imm &^ insn.FETCH; op {
	case insn.XCHG &^ insn.FETCH:
		f.get(in.Src)
	case insn.CMPXCHG &^ insn.FETCH:
		f.get(in.Src)
		f.Get(f.tmp)
		f.Get(f.tmp)
		f.get(insn.R0)
		if size == insn.W>>3 {
			f.Op(wasm.I32WrapI64, wasm.I64ExtendI32U)
		}
		f.Op(wasm.I64Eq, wasm.Select)
	default:
		f.Get(f.tmp)
		f.get(in.Src)
		if op>>4 > 0xf || aluOps64[op>>4] == 0 {
			f.fail(pc, "no such instruction")
			return
		}
		f.Op(aluOps64[op>>4])
	}
	f.Access(stores[size], off)
	switch {
	case in.Imm == insn.CMPXCHG:
		f.Get(f.tmp)
		f.set(insn.R0)
	case in.Imm&insn.FETCH != 0:
		f.Get(f.tmp)
		f.set(in.Src)
	}
}
