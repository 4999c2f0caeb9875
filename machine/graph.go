package machine

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/object"
)

// Lists and trees lie in the fields of their objects, as native.bpf.c describes. Programs may not write there:
// these fields are read-only to them (memory.guard).

// Offsets in heads, roots and nodes.
const (
	listFirst, listLast = 0, 8
	treeTop             = 0
	listNext            = 0
	treeRight, treeLeft = 8, 16

	listOwner = 16
	treeOwner = 24
)

// ownerOff is where in a node of the kind that g holds its owner is.
func (g *container) ownerOff() uint32 {
	if g.tree() {
		return treeOwner
	}
	return listOwner
}

// graphFields are the fields of lists and trees.
const graphFields = object.BPF_LIST_HEAD | object.BPF_LIST_NODE | object.BPF_RB_ROOT | object.BPF_RB_NODE

// container is a list or a tree: its head or root.
type container struct {
	spot
	field *object.Field
}

func (g *container) tree() bool { return g.field.Type == object.BPF_RB_ROOT }

func (g *container) String() string {
	what := "list"
	if g.tree() {
		what = "tree"
	}
	return fmt.Sprintf("the %s at offset %d of %s", what, g.off, g.b.name)
}

// word is the 8 bytes at an address, by its lower half.
func (m *Machine) word(addr uint64) []byte { return m.mem.buf[uint32(addr):][:8] }

// link reads a link: an address whose upper half may be outdated; 0 for none.
func (m *Machine) link(addr uint64) uint64 { return binary.LittleEndian.Uint64(m.word(addr)) }

// samePlace reports that two links lead to the same place.
func samePlace(a, b uint64) bool { return uint32(a) == uint32(b) }

// containerAt is the list or tree at an address, of which c must hold the lock.
func (c *CPU) containerAt(addr uint64, kind object.FieldType) (*container, error) {
	s, f, err := c.m.fieldAt(addr, kind, "list or tree of that kind")
	if err != nil {
		return nil, err
	}
	g := &container{s, f}
	if !c.compiled && !slices.ContainsFunc(c.sections.locks, func(l *lock) bool { return l.b == s.b && l.base() == s.base() }) {
		return nil, &Fault{Kind: LockMissing, Addr: addr, Object: s.b.info(), Reason: "no lock beside " + g.String() + " is held"}
	}
	return g, nil
}

// nodeAt is where the node at an address lies in its object. It must be of the kind that g holds.
func (c *CPU) nodeAt(g *container, addr uint64) (spot, error) {
	kind := object.BPF_LIST_NODE
	if g.tree() {
		kind = object.BPF_RB_NODE
	}
	s, f, err := c.m.fieldAt(addr, kind, "node for "+g.String())
	switch {
	case err != nil:
		return s, err
	case s.b.own == nil || f.Offset != g.field.NodeOffset || s.b.own.typ != g.field.NodeTypeID:
		return s, &Fault{Kind: WrongObject, Addr: addr, Object: s.b.info(), Reason: "not the node that belongs into " + g.String()}
	}
	return s, nil
}

// holds finds the node at an address and reports whether it is in g. Whose address it is must own or have borrowed it.
func (c *CPU) holds(g *container, addr uint64) (bool, error) {
	s, err := c.nodeAt(g, addr)
	if err != nil {
		return false, err
	}
	return samePlace(c.m.link(s.addr()+uint64(g.ownerOff())), g.addr()), nil
}

// insert makes a container the owner of the object with the node at addr, which the program must own. It is false if
// the node is in a container already: then the object has been dropped.
func (c *CPU) insert(g *container, addr uint64) (bool, error) {
	s, err := c.nodeAt(g, addr)
	if err != nil {
		return false, err
	}
	if err := c.give(s.b, addr, "in "+g.String()); err != nil {
		return false, err
	}
	if c.m.link(addr+uint64(g.ownerOff())) != 0 {
		c.m.drop(s.b, c.here())
		return false, nil
	}
	c.borrow(s.b, upper(addr))
	return true, nil
}

// linkIn has a native function link the node at an address. The container has it by that address.
func (m *Machine) linkIn(g *container, addr uint64, name string, args ...uint64) (uint64, error) {
	r, err := m.native(name, args...)
	if err == nil {
		m.setUpper(g, addr, upper(addr))
	}
	return r, err
}

// upperOf is the upper half of the address that a container has the node by that a link leads to; 0 until it lends it
// again. It lies in the upper half of the node's owner.
func (m *Machine) upperOf(g *container, link uint64) uint32 {
	return upper(m.link(link + uint64(g.ownerOff())))
}

func (m *Machine) setUpper(g *container, link uint64, hi uint32) {
	binary.LittleEndian.PutUint32(m.word(link + uint64(g.ownerOff()))[4:], hi)
}

// linked is what a link leads to: an object, and an offset.
func (m *Machine) linked(link uint64) spot {
	b := m.mem.blockAt(uint32(link))
	return spot{b, uint32(link) - uint32(b.addr)}
}

// takeOut has a native function take the node out that a link leads to, and makes the program the owner of its object;
// 0 for none.
func (c *CPU) takeOut(g *container, link uint64, name string, args ...uint64) (uint64, error) {
	if link == 0 {
		return 0, nil
	}
	s, hi := c.m.linked(link), c.m.upperOf(g, link)
	if _, err := c.m.native(name, args...); err != nil {
		return 0, err
	}
	c.given(s.b)
	if c.m.compiles || hi == 0 || c.lends(s.b, hi) {
		hi = c.fresh(s.b)
	}
	return s.b.at(hi, s.off), nil
}

// peeked lends a node to the program until the lock is released; 0 for none.
func (c *CPU) peeked(g *container, link uint64) uint64 {
	if link == 0 {
		return 0
	}
	s, hi := c.m.linked(link), c.m.upperOf(g, link)
	if c.m.compiles || hi == 0 {
		hi = c.fresh(s.b)
		c.m.setUpper(g, link, hi)
	}
	c.borrow(s.b, hi)
	return s.b.at(hi, s.off)
}

// empty drops all that a container owns.
func (m *Machine) empty(g *container, at place) {
	for _, n := range m.members(g) {
		clear(m.word(n + uint64(g.ownerOff())))
		if s := m.linked(n); s.b.own != nil && !s.b.dead {
			m.drop(s.b, at)
		}
	}
}

// members takes all nodes out of a container, in order of a list.
func (m *Machine) members(g *container) (all []uint64) {
	if !g.tree() {
		for n := m.link(g.addr() + listFirst); n != 0; n = m.link(n + listNext) {
			all = append(all, n)
		}
		clear(m.word(g.addr() + listFirst))
		clear(m.word(g.addr() + listLast))
		return all
	}
	todo := []uint64{m.link(g.addr() + treeTop)}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n != 0 {
			all = append(all, n)
			todo = append(todo, m.link(n+treeRight), m.link(n+treeLeft))
		}
	}
	clear(m.word(g.addr() + treeTop))
	return all
}

// guard makes the fields of a block that lists and trees lie in read-only to programs.
func (m *memory) guard(b *block) {
	if !b.fields.HasAny(graphFields) {
		return
	}
	step := b.fields.stride
	if step == 0 {
		step = max(b.size, 1)
	}
	gen := uint32(b.addr>>32) & shadowGen
	for base := uint32(0); base < b.size; base += step {
		for i := range b.fields.Fields {
			f := &b.fields.Fields[i]
			if f.Type&graphFields == 0 {
				continue
			}
			for off := base + f.Offset; off < base+f.Offset+f.Size; off += granule {
				m.shadow[(uint32(b.addr)+off)>>granuleShift] = (granule|shadowRO)<<shadowState | gen
			}
		}
	}
}
