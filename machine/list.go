package machine

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_list_push_front_impl": push("list_push_front"),
		"bpf_list_push_front":      push("list_push_front"),
		"bpf_list_push_back_impl":  push("list_push_back"),
		"bpf_list_push_back":       push("list_push_back"),
		"bpf_list_add":             listAdd,
		"bpf_list_add_impl":        listAdd,
		"bpf_list_pop_front":       pop(listFirst),
		"bpf_list_pop_back":        pop(listLast),
		"bpf_list_del":             listDel,
		"bpf_list_front":           peek(listFirst),
		"bpf_list_back":            peek(listLast),
		"bpf_list_empty":           listEmpty,
		"bpf_list_is_first":        isAt(listFirst),
		"bpf_list_is_last":         isAt(listLast),
	})
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

// push adds the node at r2 at an end of the list.
func push(name string) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		return onList(c, a, func(g *container) (uint64, error) { return c.pushed(g, a[1], name, a[0], a[1]) })
	}
}

// pushed makes g the owner of the node at an address, and has a native function add it.
func (c *CPU) pushed(g *container, addr uint64, name string, args ...uint64) (uint64, error) {
	if ok, err := c.insert(g, addr); err != nil || !ok {
		return narrow(abi.EINVAL), err
	}
	return c.m.linkIn(g, addr, name, args...)
}

// listAdd adds the node at r2 behind the one at r3, which is in the list.
func listAdd(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) {
		in, err := c.holds(g, a[2])
		if err != nil {
			return 0, err
		}
		if !in {
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
		return c.pushed(g, a[1], "list_link", a[0], a[1], a[2])
	})
}

// pop takes the node at an end out of the list, for the program to own; NULL for none.
func pop(off uint64) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		return onList(c, a, func(g *container) (uint64, error) {
			n := c.m.link(a[0] + off)
			return c.takeOut(g, n, "list_unlink", a[0], n)
		})
	}
}

// listDel takes the node at r2 out of the list; it returns NULL for one that is not in it.
func listDel(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(g *container) (uint64, error) {
		if in, err := c.holds(g, a[1]); err != nil || !in {
			return 0, err
		}
		return c.takeOut(g, a[1], "list_unlink", a[0], a[1])
	})
}

// peek lends the node at an end of the list; NULL for none.
func peek(off uint64) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		return onList(c, a, func(g *container) (uint64, error) { return c.peeked(g, c.m.link(a[0]+off)), nil })
	}
}

func listEmpty(c *CPU, a *args) (uint64, error) {
	return onList(c, a, func(*container) (uint64, error) { return truth(c.m.link(a[0]+listFirst) == 0), nil })
}

// isAt tells whether the node at r2 is the one at an end of the list.
func isAt(off uint64) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		return onList(c, a, func(g *container) (uint64, error) {
			in, err := c.holds(g, a[1])
			return truth(in && samePlace(c.m.link(a[0]+off), a[1])), err
		})
	}
}

// truth is what a function that returns a bool gives.
func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
