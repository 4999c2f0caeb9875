package machine

// Red-black trees. Programs see their shape (bpf_rbtree_root, _left, _right), so it is the kernel's: the same turns are
// made in the same cases.

// child is the place of n in its parent.
func (g *container) child(n *node) **node {
	switch {
	case n.parent == nil:
		return &g.top
	case n.parent.left == n:
		return &n.parent.left
	}
	return &n.parent.right
}

// side is the left or the right child of n.
func (n *node) side(left bool) **node {
	if left {
		return &n.left
	}
	return &n.right
}

// rotate turns n down to the left or right: its child of the other side takes its place.
func (g *container) rotate(n *node, left bool) {
	up := *n.side(!left)
	*g.child(n) = up
	up.parent = n.parent
	inner := up.side(left)
	*n.side(!left) = *inner
	if *inner != nil {
		(*inner).parent = n
	}
	*inner, n.parent = n, up
}

// attach hangs a new node below parent, nil for an empty tree, and balances the tree.
func (g *container) attach(n, parent *node, left bool) {
	n.parent, n.red = parent, true
	if parent == nil {
		g.top = n
	} else {
		*parent.side(left) = n
	}
	for n.parent != nil && n.parent.red {
		parent := n.parent
		grand := parent.parent
		left := grand.left == parent
		if uncle := *grand.side(!left); uncle != nil && uncle.red {
			parent.red, uncle.red, grand.red = false, false, true
			n = grand
			continue
		}
		if *parent.side(!left) == n {
			g.rotate(parent, left)
			n, parent = parent, n
		}
		parent.red, grand.red = false, true
		g.rotate(grand, !left)
	}
	g.top.red = false
}

// erase takes n out of the tree and balances it.
func (g *container) erase(n *node) {
	// hole is what takes a place that is one black node short, below parent.
	var hole, parent *node
	short := !n.red
	switch {
	case n.left == nil:
		hole, parent = n.right, n.parent
		g.replace(n, n.right)
	case n.right == nil:
		hole, parent = n.left, n.parent
		g.replace(n, n.left)
	default:
		next := leftmost(n.right)
		hole, parent, short = next.right, next.parent, !next.red
		if parent == n {
			parent = next
		} else {
			g.replace(next, next.right)
			next.right, n.right.parent = n.right, next
		}
		g.replace(n, next)
		next.left, n.left.parent, next.red = n.left, next, n.red
	}
	if short {
		g.refill(hole, parent)
	}
	n.parent, n.left, n.right = nil, nil, nil
}

// replace puts with, nil for nothing, where n is.
func (g *container) replace(n, with *node) {
	*g.child(n) = with
	if with != nil {
		with.parent = n.parent
	}
}

// refill balances a tree in which n, nil for nothing, below parent is one black node short.
func (g *container) refill(n, parent *node) {
	for parent != nil && (n == nil || !n.red) {
		left := parent.left == n
		sibling := *parent.side(!left)
		if sibling.red {
			sibling.red, parent.red = false, true
			g.rotate(parent, left)
			sibling = *parent.side(!left)
		}
		far, near := *sibling.side(!left), *sibling.side(left)
		if (far == nil || !far.red) && (near == nil || !near.red) {
			sibling.red = true
			n, parent = parent, parent.parent
			continue
		}
		if far == nil || !far.red {
			near.red, sibling.red = false, true
			g.rotate(sibling, !left)
			sibling, far = near, sibling
		}
		sibling.red, parent.red, far.red = parent.red, false, false
		g.rotate(parent, left)
		return
	}
	if n != nil {
		n.red = false
	}
}

// leftmost is the first node of a tree, nil if it is empty.
func leftmost(n *node) *node {
	for n != nil && n.left != nil {
		n = n.left
	}
	return n
}
