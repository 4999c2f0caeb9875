package machine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// ownership is what the machine knows of an object that somebody must own: a local object of a program's, or a kernel
// object with a reference count. Runs, lists, trees and kptrs own; an object lives as long as anybody does.
type ownership struct {
	refs      int // owners: runs, containers, kptrs
	runs      int // ... of which runs
	published bool
	percpu    []*block // of a per-CPU object: one a CPU
	kernel    bool     // a kernel's object, and no local one
	name      string   // of its struct
	typ       uint32   // of a local object: the struct's number in the program's BTF
	free      func()   // told when nobody owns it any more; may be nil
	moved     place    // where it changed hands last
	state     string   // who owns it since
	lent      place    // where the section ended in which it was borrowed last

	// Upper halves of its addresses (borrow.go).
	others  []uint32 // good ones besides the block's
	stashed []uint32 // those that were in kptrs
	first   uint32   // its first generation, and the one that was given out last; 0 as long as there is only one
	last    uint32
	spare   bool // nobody has the block's own address
}

// fields are the special fields in a block: those of a local object, or of values that lie one after the other.
type fields struct {
	*object.Record
	types  *types.Set // in which the record names types
	stride uint32     // bytes from value to value; 0 for one value only
}

// spot is a place in a block. Other than an address it does not change when the block is given another generation.
type spot struct {
	b   *block
	off uint32
}

// base is the offset of the value that a spot lies in.
func (s spot) base() uint32 {
	if n := s.b.fields.stride; n > 0 {
		return s.off / n * n
	}
	return 0
}

// addr is the address of a spot.
func (s spot) addr() uint64 { return s.b.addr + uint64(s.off) }

// fieldAt finds the special field, of one of the kinds, that an address is the start of.
func (m *Machine) fieldAt(addr uint64, kinds object.FieldType, what string) (spot, *object.Field, error) {
	if _, v, err := m.mem.slow(addr, 4, false); err != nil {
		return spot{}, nil, err
	} else if v != nil {
		return spot{}, nil, v.fault(addr, 4, false, "holds no "+what)
	}
	b := m.mem.blockAt(uint32(addr))
	s := spot{b, uint32(addr) - uint32(b.addr)}
	if f := b.fields.Find(s.off-s.base(), kinds); f != nil {
		return s, f, nil
	}
	return s, nil, &Fault{Kind: WrongObject, Addr: addr, Object: b.info(), Reason: "there is no " + what}
}

// ownedAt finds the object that an address is the start of.
func (m *Machine) ownedAt(addr uint64) (*block, error) {
	if b := m.mem.liveAt(addr); b != nil && b.own != nil {
		return b, nil
	}
	if _, _, err := m.mem.slow(addr, 1, false); err != nil {
		return nil, err
	}
	f := &Fault{Kind: WrongObject, Addr: addr, Reason: "not the start of an object that can be owned"}
	if b := m.mem.blockAt(uint32(addr)); b != nil {
		f.Object = b.info()
	}
	return nil, f
}

// holding is what a run owns of one object.
type holding struct {
	n  int
	at place // since when
}

// take makes the run at hand own an object once more.
func (c *CPU) take(b *block) {
	b.own.refs++
	c.given(b)
}

// given makes the run the owner in the place of one that gave it away.
func (c *CPU) given(b *block) {
	if c.compiled {
		return // who owns what was verified
	}
	h := c.run.held[b]
	if c.run.held == nil {
		c.run.held = map[*block]holding{}
	}
	if h.n++; h.n == 1 {
		h.at = c.here()
	}
	c.run.held[b] = h
	b.own.runs++
	c.moves(b, "owned by "+c.run.p.Name())
}

// moves notes that an object changes hands.
func (c *CPU) moves(b *block, state string) { b.own.moved, b.own.state = c.here(), state }

// give takes an object, by the address that the run at hand has it by as its owner, to be owned by somebody else.
func (c *CPU) give(b *block, addr uint64, state string) error {
	if c.compiled {
		return nil
	}
	h := c.run.held[b]
	switch {
	case h.n == 0:
		return &Fault{Kind: NotOwned, Addr: addr, Object: b.info(), Reason: b.own.state}
	case c.lends(b, upper(addr)):
		return &Fault{Kind: NotOwned, Addr: addr, Object: b.info(), Reason: "the address is borrowed from a list or tree"}
	}
	if h.n--; h.n == 0 {
		delete(c.run.held, b)
	} else {
		c.run.held[b] = h
	}
	b.own.runs--
	c.moves(b, state)
	return nil
}

// drop ends one ownership of an object that nobody has taken over. The last one frees it with what its fields own.
func (m *Machine) drop(b *block, at place) {
	if b.own.refs--; b.own.refs > 0 {
		return
	}
	b.own.moved, b.own.state = at, "freed"
	m.emptyFields(b, 0, at)
	for _, p := range b.own.percpu {
		m.freeAfterReaders(p, at)
	}
	delete(m.owned, b)
	if b.own.free != nil {
		b.own.free()
	}
	if b.own.published || m.compiles {
		m.freeAfterReaders(b, at)
	} else {
		m.mem.release(b, at)
	}
}

// newOwned makes an object that the run at hand owns.
func (c *CPU) newOwned(size uint32, name string, rec *object.Record) (*block, error) {
	b, err := c.m.mem.alloc(size, name, c.here())
	if err != nil {
		return nil, err
	}
	b.own = &ownership{}
	c.m.mem.contain(b, fields{Record: rec})
	c.m.owned[b] = true
	c.take(b)
	return b, nil
}

// giveAll drops what a run that was stopped owns.
func (r *run) giveAll() {
	held := slices.SortedFunc(maps.Keys(r.held), func(a, b *block) int { return cmp.Compare(a.index, b.index) })
	for _, b := range held {
		n := r.held[b].n
		delete(r.held, b)
		b.own.runs -= n
		for range n {
			r.c.m.drop(b, place{})
		}
	}
}

// leaks says what a run still owns; nil if nothing.
func (r *run) leaks() error {
	for addr, it := range r.iterators {
		return &Fault{Kind: Leak, Addr: addr, Reason: fmt.Sprintf("the %s iterator made by %s is not destroyed", it.kind, it.at.where())}
	}
	if err := r.leakedDynptr(); err != nil {
		return err
	}
	var first *block
	for b := range r.held {
		if first == nil || b.index < first.index {
			first = b
		}
	}
	if first == nil {
		return nil
	}
	return &Fault{Kind: Leak, Addr: first.addr, Object: first.info(), Reason: fmt.Sprintf("owned since %s", r.held[first].at.where())}
}
