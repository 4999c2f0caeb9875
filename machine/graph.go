package machine

import (
	"fmt"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/object"
)

// graph are the lists and trees of a machine. They are kept beside linear memory: no program may look into their
// fields, and one that writes there all the same does no harm.
type graph struct {
	containers map[spot]*container
	nodes      map[spot]*node
}

func newGraph() graph { return graph{map[spot]*container{}, map[spot]*node{}} }

// container is a list or a tree: its head or root.
type container struct {
	spot
	field       *object.Field
	first, last *node // of a list
	top         *node // of a tree
}

// node is a node that is in a container: where it lies in its object.
type node struct {
	spot
	hi                  uint32 // upper half of the address that the container has it by; 0 until it lends it again
	in                  *container
	prev, next          *node // in a list
	parent, left, right *node // in a tree
	red                 bool
}

// addr is the node's address as the container has it.
func (n *node) addr() uint64 { return n.b.at(n.hi, n.off) }

func (g *container) String() string {
	what := "list"
	if g.field.Type == object.BPF_RB_ROOT {
		what = "tree"
	}
	return fmt.Sprintf("the %s at offset %d of %s", what, g.off, g.b.name)
}

// containerAt is the list or tree at an address, of which c must hold the lock.
func (c *CPU) containerAt(addr uint64, kind object.FieldType) (*container, error) {
	s, f, err := c.m.fieldAt(addr, kind, "list or tree of that kind")
	if err != nil {
		return nil, err
	}
	g := c.m.graph.containers[s]
	if g == nil {
		g = &container{spot: s, field: f}
		c.m.graph.containers[s] = g
	}
	if !slices.ContainsFunc(c.sections.locks, func(l *lock) bool { return l.b == s.b && l.base() == s.base() }) {
		return nil, &Fault{Kind: LockMissing, Addr: addr, Object: s.b.info(), Reason: "no lock beside " + g.String() + " is held"}
	}
	return g, nil
}

// nodeAt is where the node at an address lies in its object. It must be of the kind that g holds.
func (c *CPU) nodeAt(g *container, addr uint64) (spot, error) {
	kind := object.BPF_LIST_NODE
	if g.field.Type == object.BPF_RB_ROOT {
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

// linkedAt is the node at an address if it is in g, nil if not. Whose address it is must own or have borrowed it.
func (c *CPU) linkedAt(g *container, addr uint64) (*node, error) {
	s, err := c.nodeAt(g, addr)
	if err != nil {
		return nil, err
	}
	if n := c.m.graph.nodes[s]; n != nil && n.in == g {
		return n, nil
	}
	return nil, nil
}

// insert makes a container the owner of the object with the node at addr, which the program must own. It is nil if
// the node is in a container already: then the object has been dropped.
func (c *CPU) insert(g *container, addr uint64) (*node, error) {
	s, err := c.nodeAt(g, addr)
	if err != nil {
		return nil, err
	}
	if err := c.give(s.b, addr, "in "+g.String()); err != nil {
		return nil, err
	}
	if c.m.graph.nodes[s] != nil {
		c.m.drop(s.b, c.here())
		return nil, nil
	}
	n := &node{spot: s, hi: upper(addr), in: g}
	c.m.graph.nodes[s] = n
	c.borrow(s.b, n.hi)
	return n, nil
}

// removed makes the program the owner of an object whose node was taken out of its container.
func (c *CPU) removed(n *node) uint64 {
	delete(c.m.graph.nodes, n.spot)
	c.given(n.b)
	if n.hi == 0 || c.lends(n.b, n.hi) {
		n.hi = c.fresh(n.b)
	}
	return n.addr()
}

// peeked lends a node to the program until the lock is released; 0 for none.
func (c *CPU) peeked(n *node) uint64 {
	if n == nil {
		return 0
	}
	if n.hi == 0 {
		n.hi = c.fresh(n.b)
	}
	c.borrow(n.b, n.hi)
	return n.addr()
}

// empty drops all that a container owns.
func (m *Machine) empty(g *container, at place) {
	for n := g.first; n != nil; n = n.next {
		delete(m.graph.nodes, n.spot)
		m.drop(n.b, at)
	}
	for g.top != nil {
		n := g.top
		g.erase(n)
		delete(m.graph.nodes, n.spot)
		m.drop(n.b, at)
	}
	delete(m.graph.containers, g.spot)
}
