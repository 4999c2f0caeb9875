package state

import (
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// value stands for what a register or slot holds: a number in a table. The marks of precision are kept apart from it,
// as they are all that changes of what is remembered.
type value uint32

// Values that every table has.
const (
	nothing value = iota // a register that can't be read, or a slot that nobody has written to
	data                 // a slot of STACK_MISC, which holds nothing else that matters
	zeros                // a slot of STACK_ZERO
	fixed                // how many these are
)

// A table has each value once that checkpoints have, since most of what one has its parent has, too. Registers are slots of
// no kind.
type table struct {
	chunks []*[chunkLen]Slot
	uses   []uint32 // how often each value is used; fixed ones are not counted
	next   []value  // the next of equal hash, or the next free one
	heads  []value  // by hash, a power of two of them
	free   value    // the first that nobody uses, nothing for none
	len    value    // values that were ever used, fixed ones included
	pool   *Pool
}

const chunkLen = 32

var unreadable = func() (s Slot) { s.MarkNotInit(); return }()

func (t *table) at(v value) *Slot { return &t.chunks[v/chunkLen][v%chunkLen] }

// reset forgets all values.
func (t *table) reset() {
	if t.chunks == nil {
		t.grow()
		t.heads = make([]value, 2*chunkLen)
	}
	clear(t.heads)
	t.free, t.len = nothing, fixed
	*t.at(nothing), *t.at(data), *t.at(zeros) = unreadable, Slot{Kind: wholeMisc}, Slot{Kind: wholeZero}
}

// grow makes room for more values.
func (t *table) grow() {
	t.chunks = append(t.chunks, new([chunkLen]Slot))
	t.uses = append(t.uses, make([]uint32, chunkLen)...)
	t.next = append(t.next, make([]value, chunkLen)...)
	t.pool.took(chunkLen * (slotBytes + 8))
}

// is reports that the slot holds r in bytes of a kind.
func (s *Slot) is(r *Reg, kind [SlotSize]SlotKind) bool {
	return s.Value == r.Value && s.ID == r.ID && s.RefObjID == r.RefObjID && s.Frame == r.Frame && s.IRQClass == r.IRQClass && s.Kind == kind
}

// put returns the value of a register, or of a slot that has a kind. It is often the one that guess is.
func (t *table) put(r *Reg, kind [SlotSize]SlotKind, guess value) value {
	if s := t.at(guess); s.is(r, kind) {
		t.use(guess)
		return guess
	}
	if r.Type == abi.NOT_INIT && unreadable.is(r, kind) {
		return nothing
	}
	head := &t.heads[hash(r, kind)&uint64(len(t.heads)-1)]
	for v := *head; v != nothing; v = t.next[v] {
		if t.at(v).is(r, kind) {
			t.uses[v]++
			return v
		}
	}
	v := t.free
	if v != nothing {
		t.free = t.next[v]
	} else {
		if int(t.len) == len(t.uses) {
			t.grow()
		}
		v = t.len
		t.len++
	}
	s := t.at(v)
	s.Reg, s.Kind = *r, kind
	s.Precise = false
	t.uses[v] = 1
	t.next[v], *head = *head, v
	if int(t.len) > 2*len(t.heads) {
		t.rehash()
	}
	return v
}

func (t *table) use(v value) {
	if v >= fixed {
		t.uses[v]++
	}
}

// drop is told that a value is used once less.
func (t *table) drop(v value) {
	if v < fixed {
		return
	}
	if t.uses[v]--; t.uses[v] > 0 {
		return
	}
	s := t.at(v)
	at := &t.heads[hash(&s.Reg, s.Kind)&uint64(len(t.heads)-1)]
	for *at != v {
		at = &t.next[*at]
	}
	*at = t.next[v]
	t.next[v], t.free = t.free, v
}

// rehash doubles the number of hashes told apart.
func (t *table) rehash() {
	t.pool.took(4 * len(t.heads))
	t.heads = make([]value, 2*len(t.heads))
	for v := fixed; v < t.len; v++ {
		if t.uses[v] > 0 {
			s := t.at(v)
			head := &t.heads[hash(&s.Reg, s.Kind)&uint64(len(t.heads)-1)]
			t.next[v], *head = *head, v
		}
	}
}

// hash mixes what values differ in most.
func hash(r *Reg, kind [SlotSize]SlotKind) uint64 {
	h := uint64(r.Type) | uint64(uint32(r.Off))<<32
	for _, word := range [...]uint64{
		r.Var.Value, r.Var.Mask, r.Umin ^ bits.RotateLeft64(r.Umax, 32), uint64(r.ID) | uint64(r.RefObjID)<<32,
		uint64(r.BTFID) ^ uint64(r.MemSize)<<16 ^ uint64(uint32(r.Range))<<32 ^ uint64(r.Map)<<48 ^ uint64(r.Frame),
		uint64(kind[0]) | uint64(kind[7])<<8 | uint64(kind[4])<<16 | uint64(r.IterDepth)<<24,
	} {
		hi, lo := bits.Mul64(h^word, 0x9e3779b97f4a7c15)
		h = hi ^ lo
	}
	return h
}
