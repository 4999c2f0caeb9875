package jit

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// Loads and stores by size>>3.
var (
	loads   = [4]wasm.Op{insn.B >> 3: wasm.I64Load8U, insn.H >> 3: wasm.I64Load16U, insn.W >> 3: wasm.I64Load32U, insn.DW >> 3: wasm.I64Load}
	loadsSX = [4]wasm.Op{insn.B >> 3: wasm.I64Load8S, insn.H >> 3: wasm.I64Load16S, insn.W >> 3: wasm.I64Load32S, insn.DW >> 3: wasm.I64Load}
	stores  = [4]wasm.Op{insn.B >> 3: wasm.I64Store8, insn.H >> 3: wasm.I64Store16, insn.W >> 3: wasm.I64Store32, insn.DW >> 3: wasm.I64Store}
	extends = [4]wasm.Op{insn.B >> 3: wasm.I64Extend8S, insn.H >> 3: wasm.I64Extend16S, insn.W >> 3: wasm.I64Extend32S}
)

// address pushes where reg+off lies in linear memory, but for the part that it returns: that is added
// without wrapping around, so it must not lead past 4 GiB from what is pushed. Nothing lies in the lowest 64 KiB.
func (f *function) address(reg uint8, off int16) uint32 {
	if at := FrameSize + f.below[reg] + int32(off); has(f.inFrame, reg) && at >= 0 {
		f.Get(f.frame)
		return uint32(at)
	}
	if at := f.base(reg); off >= 0 || has(f.constant, reg) {
		return at + uint32(int32(off))
	}
	f.Const32(int32(off))
	f.Op(wasm.I32Add)
	return 0
}

// fullAddress pushes reg+off as programs see it.
func (f *function) fullAddress(reg uint8, off int16) {
	f.get(reg)
	if off != 0 {
		f.Const64(int64(off))
		f.Op(wasm.I64Add)
	}
}

// load writes LDX.
func (f *function) load(pc int, in *insn.Insn) {
	size, signed := in.Size()>>3, in.Mode() == insn.MEMSX
	op := loads[size]
	if signed {
		op = loadsSX[size]
	}
	switch site := &f.p.Sites[pc]; site.Access {
	case Plain:
		f.Access(op, f.address(in.Src, in.Off))
	case Slotted:
		f.Const32(0)
		f.Access(wasm.I64Load, site.Slot)
	case Hosted:
		f.Const32(int32(pc))
		f.fullAddress(in.Src, in.Off)
		f.Call(f.m.load)
		if signed && extends[size] != 0 {
			f.Op(extends[size])
		}
	}
	f.set(in.Dst)
}

// store writes ST and STX but for atomics.
func (f *function) store(pc int, in *insn.Insn) {
	value := func() {
		if in.Class() == insn.ST {
			f.Const64(int64(in.Imm))
		} else {
			f.get(in.Src)
		}
	}
	if f.p.Sites[pc].Access == Plain {
		off := f.address(in.Dst, in.Off)
		value()
		f.Access(stores[in.Size()>>3], off)
		return
	}
	f.Const32(int32(pc))
	f.fullAddress(in.Dst, in.Off)
	value()
	f.Call(f.m.store)
}

// ld writes LD: 64-bit immediates, and loads from the packet, which end the function with 0 where there
// is nothing to load.
func (f *function) ld(pc int, in *insn.Insn) {
	if in.Mode() == insn.IMM {
		f.Const64(int64(f.p.Sites[pc].Imm))
		f.set(in.Dst)
		f.value[in.Dst] = f.p.Sites[pc].Imm
		f.constant |= 1 << in.Dst
		return
	}
	f.Const32(int32(pc))
	if in.Mode() == insn.IND {
		f.get(in.Src)
	} else {
		f.Const64(0)
	}
	f.Call(f.m.packet)
	f.set(insn.R0)
	f.get(insn.R0)
	f.Const64(0)
	f.Op(wasm.I64LtS)
	f.If()
	f.Const64(0)
	f.Op(wasm.Return)
	f.End()
}
