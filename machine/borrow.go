package machine

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/object"
)

// An object that can be owned may have several addresses at once. They differ in their generation only, and each says by
// what right a program has it: as its owner, or borrowed from a list or tree under a lock. So what was borrowed is told apart
// from what is owned when the lock is released, though it is the same object. One of them is the block's own, and
// accesses by it are as fast as any.

// upper is the half of an address that differs.
func upper(addr uint64) uint32 { return uint32(addr >> 32) }

// at is the object's address with another upper half.
func (b *block) at(hi, off uint32) uint64 { return uint64(hi)<<32 | uint64(uint32(b.addr)+off) }

// lent is an object that a section has borrowed, and the address that it has it by.
type lent struct {
	b  *block
	hi uint32
}

// fresh gives an object an address that nobody has. Where programs are compiled an object has one address only.
func (c *CPU) fresh(b *block) uint32 {
	o := b.own
	switch {
	case c.m.compiles:
		return upper(b.addr)
	case o.spare:
		o.spare = false
		return upper(b.addr)
	}
	o.others = append(o.others, o.nextUpper(b))
	return o.others[len(o.others)-1]
}

// nextUpper is the upper half of an address that the object never had.
func (o *ownership) nextUpper(b *block) uint32 {
	if o.last == 0 {
		o.first = upper(b.addr) & shadowGen
		o.last = o.first
	}
	if o.last++; o.last >= shadowGen {
		o.last = 1
	}
	return tag | o.last
}

// isAt reports that an address is one that the object begins at.
func (b *block) isAt(addr uint64) bool {
	return uint32(addr) == uint32(b.addr) && (addr == b.addr || b.own != nil && slices.Contains(b.own.others, upper(addr)))
}

// same reports two addresses that one object has, or had: its generations since it was made.
func (m *memory) same(x, y uint64) bool {
	b := m.blockAt(uint32(x))
	if b == nil || b.own == nil || b.own.last == 0 {
		return false
	}
	o := b.own
	had := func(addr uint64) bool {
		return upper(addr) >= tag && uint16(o.last)-uint16(upper(addr)) <= uint16(o.last)-uint16(o.first)
	}
	return had(x) && had(y)
}

// borrow notes that a section under a lock hands out an address of an object that a container owns.
func (c *CPU) borrow(b *block, hi uint32) {
	if !c.m.compiles && !slices.Contains(c.borrowed, lent{b, hi}) {
		c.borrowed = append(c.borrowed, lent{b, hi})
	}
}

// lends reports that a section has borrowed that address of the object.
func (c *CPU) lends(b *block, hi uint32) bool {
	return slices.Contains(c.borrowed, lent{b, hi})
}

// borrows reports that a section has an object by some address.
func (c *CPU) borrows(b *block) bool {
	return slices.ContainsFunc(c.borrowed, func(l lent) bool { return l.b == b })
}

// endBorrowing makes what was borrowed stale, as the section has ended.
func (c *CPU) endBorrowing() {
	for _, l := range c.borrowed {
		if !l.b.dead {
			l.b.own.lent = c.here()
			c.m.spoil(l.b, l.hi)
		}
	}
	c.borrowed = c.borrowed[:0]
}

// spoil makes an address of an object stale. One that was in a kptr stays good: it may have been read there
// without a lock.
func (m *Machine) spoil(b *block, hi uint32) {
	o := b.own
	if slices.Contains(o.stashed, hi) {
		return
	}
	m.forget(b, hi)
	switch n := len(o.others); {
	case hi != upper(b.addr):
		o.others = slices.DeleteFunc(o.others, func(other uint32) bool { return other == hi })
	case n > 0:
		m.mem.stamp(b, uint32(b.addr), o.others[n-1]&shadowGen, 0)
		o.others = o.others[:n-1]
	default:
		m.mem.stamp(b, uint32(b.addr), o.nextUpper(b)&shadowGen, 0)
		o.spare = true
	}
}

// forget makes the containers that have an object by an address have it by none.
func (m *Machine) forget(b *block, hi uint32) {
	if !b.fields.HasAny(object.BPF_LIST_NODE | object.BPF_RB_NODE) {
		return
	}
	for i := range b.fields.Fields {
		f := &b.fields.Fields[i]
		at := b.addr + uint64(f.Offset)
		switch f.Type {
		case object.BPF_LIST_NODE:
			at += listOwner
		case object.BPF_RB_NODE:
			at += treeOwner
		default:
			continue
		}
		if owner := m.word(at); upper(m.link(at)) == hi {
			clear(owner[4:])
		}
	}
}
