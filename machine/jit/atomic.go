package jit

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// atomic writes an atomic instruction. Where one CPU runs at a time, load, operation and store are one step.
func (f *function) atomic(pc int, in *insn.Insn) {
	if f.p.Sites[pc].Access != Plain {
		f.fail(pc, "atomic access to memory that the host keeps")
		return
	}
	if f.m.program.Shared {
		f.atomicShared(pc, in)
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

// Atomic loads and stores by size>>3, and operations.
var (
	atomicLoads  = [4]wasm.AtomicOp{insn.B >> 3: wasm.AtomicLoad8, insn.H >> 3: wasm.AtomicLoad16, insn.W >> 3: wasm.AtomicLoad32, insn.DW >> 3: wasm.AtomicLoad}
	atomicStores = [4]wasm.AtomicOp{insn.B >> 3: wasm.AtomicStore8, insn.H >> 3: wasm.AtomicStore16, insn.W >> 3: wasm.AtomicStore32, insn.DW >> 3: wasm.AtomicStore}
	atomicOps    = map[int32]wasm.AtomicOp{
		insn.ADD: wasm.AtomicAdd, insn.AND: wasm.AtomicAnd, insn.OR: wasm.AtomicOr, insn.XOR: wasm.AtomicXor,
		insn.XCHG &^ insn.FETCH: wasm.AtomicXchg, insn.CMPXCHG &^ insn.FETCH: wasm.AtomicCmpxchg,
	}
)

// atomicShared writes an atomic instruction where other CPUs run at the same time.
func (f *function) atomicShared(pc int, in *insn.Insn) {
	size, bytes := in.Size()>>3, in.SizeBytes()
	switch in.Imm {
	case insn.LOAD_ACQ:
		f.Atomic(atomicLoads[size], bytes, f.address(in.Src, in.Off))
		f.set(in.Dst)
		return
	case insn.STORE_REL:
		off := f.address(in.Dst, in.Off)
		f.get(in.Src)
		f.Atomic(atomicStores[size], bytes, off)
		return
	}
	op, ok := atomicOps[in.Imm&^insn.FETCH]
	if !ok || bytes < 4 {
		f.fail(pc, "no such instruction")
		return
	}
	off := f.address(in.Dst, in.Off)
	if in.Imm == insn.CMPXCHG {
		f.get(insn.R0)
		if bytes == 4 {
			f.Op(wasm.I32WrapI64, wasm.I64ExtendI32U)
		}
	}
	f.get(in.Src)
	if bytes == 4 {
		op += wasm.Narrow
	}
	f.Atomic(op, bytes, off)
	switch {
	case in.Imm == insn.CMPXCHG:
		f.set(insn.R0)
	case in.Imm&insn.FETCH != 0:
		f.set(in.Src)
	default:
		f.Op(wasm.Drop)
	}
}
