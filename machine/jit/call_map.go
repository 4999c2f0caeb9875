package jit

import (
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// ArrayLookup is a lookup in an array, whose key is a number of 32 bits.
type ArrayLookup struct {
	Values  uint64 // address of the first
	Stride  uint32 // bytes from one to the next
	Entries uint32
}

func (a ArrayLookup) write(f *function, _ int) {
	index := f.Local(wasm.I64)
	f.Access(wasm.I64Load32U, f.address(insn.R2, 0))
	f.Tee(index)
	f.Const64(int64(a.Entries))
	f.Op(wasm.I64LtU)
	f.Code.If(wasm.I64)
	f.Get(index)
	if a.Stride&(a.Stride-1) == 0 {
		f.Const64(int64(bits.TrailingZeros32(a.Stride)))
		f.Op(wasm.I64Shl)
	} else {
		f.Const64(int64(a.Stride))
		f.Op(wasm.I64Mul)
	}
	f.Const64(int64(a.Values))
	f.Op(wasm.I64Add)
	f.Else()
	f.Const64(0)
	f.End()
}
