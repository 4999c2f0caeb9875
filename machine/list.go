package machine

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_list_push_front_impl": listPushFront,
		"bpf_list_push_front":      listPushFront,
		"bpf_list_push_back_impl":  listPushBack,
		"bpf_list_push_back":       listPushBack,
		"bpf_list_add":             listAdd,
		"bpf_list_add_impl":        listAdd,
		"bpf_list_pop_front":       listPopFront,
		"bpf_list_pop_back":        listPopBack,
		"bpf_list_del":             listDel,
		"bpf_list_front":           listFront,
		"bpf_list_back":            listBack,
		"bpf_list_empty":           listEmpty,
		"bpf_list_is_first":        listIsFirst,
		"bpf_list_is_last":         listIsLast,
	})
}

// link puts a node into a list behind another; nil for the front.
func (g *container) link(n, prev *node) {
	n.prev = prev
	if prev == nil {
		n.next, g.first = g.first, n
	} else {
		n.next, prev.next = prev.next, n
	}
	if n.next == nil {
		g.last = n
	} else {
		n.next.prev = n
	}
}

// unlink takes a node out of its list.
func (g *container) unlink(n *node) {
	if n.prev == nil {
		g.first = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		g.last = n.prev
	} else {
		n.next.prev = n.prev
	}
}

// narrow is the value of a kernel function that returns an int.
func narrow(e abi.Errno) uint64 { return uint64(uint32(-int32(e))) }

// onList does something with the list at r1.
func onList(c *CPU, a *args, f func(*container) (uint64, error)) (uint64, error) {
	g, err := c.containerAt(a[0], object.BPF_LIST_HEAD)
	if err != nil {
		return 0, err
	}
	return f(g)
}

// pushBehind adds the node at r2 behind another.
func (c *CPU) pushBehind(g *container, addr uint64, prev *node) (uint64, error) {
	n, err := c.insert(g, addr)
	if err != nil || n == nil {
		return narrow(abi.EINVAL), err
	}
	g.link(n, prev)
	return 0, nil
}

func listPushFront(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) { return c.pushBehind(g, a[1], nil) })
}

func listPushBack(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) { return c.pushBehind(g, a[1], g.last) })
}

// listAdd adds the node at r2 behind the one at r3, which is in the list.
func listAdd(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) {
		prev, err := c.linkedAt(g, a[2])
		if err != nil {
			return 0, err
		}
		if prev == nil {
			s, err := c.nodeAt(g, a[1])
			if err != nil {
				return 0, err
			}
			if err := c.give(s.b, a[1], "dropped"); err != nil {
				return 0, err
			}
			c.m.drop(s.b, c.here())
			return narrow(abi.EINVAL), nil
		}
		return c.pushBehind(g, a[1], prev)
	})
}

// pop takes a node out of its list, for the program to own; nil for none.
func (c *CPU) pop(g *container, n *node) (uint64, error) {
	if n == nil {
		return 0, nil
	}
	g.unlink(n)
	return c.removed(n), nil
}

func listPopFront(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) { return c.pop(g, g.first) })
}

func listPopBack(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) { return c.pop(g, g.last) })
}

// listDel takes the node at r2 out of the list; it returns NULL for one that is not in it.
func listDel(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) {
		n, err := c.linkedAt(g, a[1])
		if err != nil {
			return 0, err
		}
		return c.pop(g, n)
	})
}

func listFront(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) { return c.peeked(g.first), nil })
}

func listBack(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) { return c.peeked(g.last), nil })
}

func listEmpty(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) { return truth(g.first == nil), nil })
}

func listIsFirst(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) {
		n, err := c.linkedAt(g, a[1])
		return truth(n != nil && g.first == n), err
	})
}

func listIsLast(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) {
		n, err := c.linkedAt(g, a[1])
		return truth(n != nil && g.last == n), err
	})
}

// truth is what a function that returns a bool gives.
func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
