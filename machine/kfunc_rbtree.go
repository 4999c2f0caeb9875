package machine

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_rbtree_add_impl": rbtreeAdd,
		"bpf_rbtree_add":      rbtreeAdd,
		"bpf_rbtree_first":    rbtreeFirst,
		"bpf_rbtree_remove":   rbtreeRemove,
		"bpf_rbtree_root":     rbtreeRoot,
		"bpf_rbtree_left":     rbtreeLeft,
		"bpf_rbtree_right":    rbtreeRight,
	})
}

// rbtreeAdd adds the node at r2 to the tree at r1 where the program's function r3 says.
func rbtreeAdd(c *CPU, a *args) (uint64, error) {
	g, err := c.containerAt(a[0], object.BPF_RB_ROOT)
	if err != nil {
		return 0, err
	}
	n, err := c.insert(g, a[1])
	if err != nil || n == nil {
		return narrow(abi.EINVAL), err
	}
	less := a[2]
	var parent *node
	at, left := g.top, false
	var next func(uint64) (uint64, error)
	next = func(r uint64) (uint64, error) {
		left, parent = uint8(r) != 0, at
		if at = *parent.side(left); at == nil {
			g.attach(n, parent, left)
			return 0, nil
		}
		return c.callBack(less, next, n.addr(), c.peeked(at))
	}
	if at == nil {
		g.attach(n, nil, false)
		return 0, nil
	}
	return c.callBack(less, next, n.addr(), c.peeked(at))
}

func rbtreeFirst(c *CPU, a *args) (uint64, error) {
	g, err := c.containerAt(a[0], object.BPF_RB_ROOT)
	if err != nil {
		return 0, err
	}
	return c.peeked(leftmost(g.top)), nil
}

func rbtreeRoot(c *CPU, a *args) (uint64, error) {
	g, err := c.containerAt(a[0], object.BPF_RB_ROOT)
	if err != nil {
		return 0, err
	}
	return c.peeked(g.top), nil
}

// rbtreeRemove takes the node at r2 out of the tree; it returns NULL for one that is not in it.
func rbtreeRemove(c *CPU, a *args) (uint64, error) {
	g, n, err := c.treeNode(a)
	if err != nil || n == nil {
		return 0, err
	}
	g.erase(n)
	return c.removed(n), nil
}

func rbtreeLeft(c *CPU, a *args) (uint64, error) {
	_, n, err := c.treeNode(a)
	if err != nil || n == nil {
		return 0, err
	}
	return c.peeked(n.left), nil
}

func rbtreeRight(c *CPU, a *args) (uint64, error) {
	_, n, err := c.treeNode(a)
	if err != nil || n == nil {
		return 0, err
	}
	return c.peeked(n.right), nil
}

// treeNode is the tree at r1 and the node at r2, nil if that is not in the tree.
func (c *CPU) treeNode(a *args) (*container, *node, error) {
	g, err := c.containerAt(a[0], object.BPF_RB_ROOT)
	if err != nil {
		return nil, nil, err
	}
	n, err := c.linkedAt(g, a[1])
	return g, n, err
}
