package machine

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_rbtree_add_impl": rbtreeAdd,
		"bpf_rbtree_add":      rbtreeAdd,
		"bpf_rbtree_first":    onTree("rb_first"),
		"bpf_rbtree_remove":   rbtreeRemove,
		"bpf_rbtree_root":     onTree("rb_top"),
		"bpf_rbtree_left":     besideNode("rb_left"),
		"bpf_rbtree_right":    besideNode("rb_right"),
	})
}

// rbtreeAdd adds the node at r2 to the tree at r1 where the program's function r3 says.
func rbtreeAdd(c *CPU, a *args) (uint64, error) {
	g, err := c.containerAt(a[0], object.BPF_RB_ROOT)
	if err != nil {
		return 0, err
	}
	if ok, err := c.insert(g, a[1]); err != nil || !ok {
		return narrow(abi.EINVAL), err
	}
	root, n, less := a[0], a[1], a[2]
	at := c.m.link(root + treeTop)
	if at == 0 {
		return c.m.linkIn(g, n, "rb_attach", root, n, 0, 0)
	}
	var next func(uint64) (uint64, error)
	next = func(r uint64) (uint64, error) {
		parent, left := at, truth(uint8(r) != 0)
		at = c.m.link(parent + treeRight)
		if left != 0 {
			at = c.m.link(parent + treeLeft)
		}
		if at == 0 {
			return c.m.linkIn(g, n, "rb_attach", root, n, parent, left)
		}
		return c.callBack(less, next, n, c.peeked(g, at))
	}
	return c.callBack(less, next, n, c.peeked(g, at))
}

// onTree does something with the tree at r1, which must be locked, and lends what comes of it.
func onTree(name string) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		g, err := c.containerAt(a[0], object.BPF_RB_ROOT)
		if err != nil {
			return 0, err
		}
		link, err := c.m.native(name, a[0])
		return c.peeked(g, link), err
	}
}

// besideNode does something with the tree at r1 and the node at r2, and lends what comes of it; NULL for a node that is
// not in the tree.
func besideNode(name string) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		g, err := c.containerAt(a[0], object.BPF_RB_ROOT)
		if err != nil {
			return 0, err
		}
		if _, err := c.nodeAt(g, a[1]); err != nil {
			return 0, err
		}
		link, err := c.m.native(name, a[0], a[1])
		return c.peeked(g, link), err
	}
}

// rbtreeRemove takes the node at r2 out of the tree; it returns NULL for one that is not in it.
func rbtreeRemove(c *CPU, a *args) (uint64, error) {
	g, err := c.containerAt(a[0], object.BPF_RB_ROOT)
	if err != nil {
		return 0, err
	}
	if in, err := c.holds(g, a[1]); err != nil || !in {
		return 0, err
	}
	return c.takeOut(g, a[1], "rb_erase", a[0], a[1])
}
