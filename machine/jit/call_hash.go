package jit

import (
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// HashLookup is a lookup in a hash map.
type HashLookup struct{ Table *HashTable }

func (h HashLookup) write(f *function, _ int) {
	f.get32(insn.R2)
	f.Call(f.m.lookup(h.Table))
	// Where the value of no entry would be is memory that is always zero.
	f.Access(wasm.I64Load, entryValue)
}

// HashUpdate is an update in a hash map: that of a key that is there is done here, the others by the host.
type HashUpdate struct {
	Table     *HashTable
	ValueSize uint32 // bytes, at most MaxHashValue
}

// MaxHashValue is the most bytes of a value that HashUpdate copies.
const MaxHashValue = 128

func (h HashUpdate) write(f *function, pc int) {
	entry, to, from := f.Local(wasm.I32), f.Local(wasm.I32), f.Local(wasm.I32)
	value := f.Local(wasm.I64)
	// The entry found, 0 if flags are set.
	f.get(insn.R4)
	f.Op(wasm.I64Eqz)
	f.Code.If(wasm.I32)
	f.get32(insn.R2)
	f.Call(f.m.lookup(h.Table))
	f.Else()
	f.Const32(0)
	f.End()
	f.Tee(entry)
	f.Op(wasm.I32Eqz)
	f.Code.If(wasm.I64)
	f.askHost(pc)
	f.Else()
	f.get32(insn.R3)
	f.Set(from)
	f.Get(entry)
	f.Access(wasm.I64Load, entrySpare)
	f.Tee(value)
	f.Op(wasm.I32WrapI64)
	f.Set(to)
	for off, left := uint32(0), h.ValueSize; left > 0; {
		size := uint32(1) << (bits.Len32(min(left, 8)) - 1)
		f.Get(to)
		f.Get(from)
		f.Access(pieces[size].load, off)
		f.Access(pieces[size].store, off)
		off, left = off+size, left-size
	}
	f.Get(entry)
	f.Get(entry)
	f.Access(wasm.I64Load, entryValue)
	f.Access(wasm.I64Store, entrySpare)
	f.Get(entry)
	f.Get(value)
	f.Access(wasm.I64Store, entryValue)
	f.Const64(0)
	f.End()
}

// pieces are loads and stores by their size in bytes.
var pieces = map[uint32]struct{ load, store wasm.Op }{
	1: {wasm.I64Load8U, wasm.I64Store8}, 2: {wasm.I64Load16U, wasm.I64Store16},
	4: {wasm.I64Load32U, wasm.I64Store32}, 8: {wasm.I64Load, wasm.I64Store},
}

// lookup is the function that looks a key up, given its offset in memory, and returns its entry's, 0 for none.
func (m *module) lookup(t *HashTable) wasm.Func {
	if f, ok := m.lookups[t]; ok {
		return f
	}
	f := m.Declare(m.lookupType)
	m.lookups[t] = f
	c := wasm.NewCode(1)
	const key = 0
	words := int(entrySize(t.keySize)-entryKey) / 8
	word := make([]uint32, words)
	h, entry := c.Local(wasm.I64), c.Local(wasm.I32)
	for i := range word {
		word[i] = c.Local(wasm.I64)
		loadKey(c, key, uint32(i)*8, min(t.keySize-uint32(i)*8, 8))
		c.Tee(word[i])
		if i > 0 {
			c.Get(h)
			c.Op(wasm.I64Xor)
		}
		factor := uint64(hashFactor)
		c.Const64(int64(factor))
		c.Op(wasm.I64Mul)
		c.Tee(h)
		c.Get(h)
		c.Const64(32)
		c.Op(wasm.I64ShrU, wasm.I64Xor)
		c.Set(h)
	}
	c.Get(h)
	c.Op(wasm.I32WrapI64)
	c.Const32(int32(t.buckets - 1))
	c.Op(wasm.I32And)
	c.Const32(2)
	c.Op(wasm.I32Shl)
	c.Access(wasm.I32Load, t.at)
	c.Set(entry)
	c.Block(wasm.None)
	c.Loop()
	c.Get(entry)
	c.Op(wasm.I32Eqz)
	c.BrIf(1)
	for i, w := range word {
		c.Get(entry)
		c.Access(wasm.I64Load, entryKey+uint32(i)*8)
		c.Get(w)
		c.Op(wasm.I64Eq)
		if i > 0 {
			c.Op(wasm.I32And)
		}
	}
	c.If(wasm.None)
	c.Get(entry)
	c.Op(wasm.Return)
	c.End()
	c.Get(entry)
	c.Access(wasm.I32Load, entryNext)
	c.Set(entry)
	c.Br(0)
	c.End()
	c.End()
	c.Const32(0)
	m.Define(f, c)
	return f
}

// loadKey pushes n bytes of a key, at most 8, the missing ones zero.
func loadKey(c *wasm.Code, key, off, n uint32) {
	if p, ok := pieces[n]; ok {
		c.Get(key)
		c.Access(p.load, off)
		return
	}
	half := uint32(4) // n is 3, 5, 6 or 7
	if n < 4 {
		half = 2
	}
	loadKey(c, key, off, half)
	loadKey(c, key, off+half, n-half)
	c.Const64(int64(half) * 8)
	c.Op(wasm.I64Shl, wasm.I64Or)
}
