//go:build ignore

// SPDX-License-Identifier: MIT
/*
 * Trees and lists, as they lie in memory that programs may not touch: in the fields of their objects. Both engines run
 * this: the interpreter on behalf of kernel functions, compiled programs as part of themselves. An address counts by
 * its lower half only, as objects may get another upper half while they are linked.
 *
 * Programs see the shape of a tree (bpf_rbtree_root, _left, _right), so it is the kernel's: the same turns are made in
 * the same cases.
 */
#include "../../examples/bpf.h"

#define NULL 0

/* A node's owner is the tree or list that it is in; 0 for none. */
struct rb_node {
	u64 parent; /* its lowest bit: the node is red */
	u64 right, left;
	u64 owner;
};

struct rb_root {
	u64 top, unused;
};

struct list_node {
	u64 next, prev;
	u64 owner;
};

struct list_head {
	u64 first, last;
};

#define rb(addr) ((struct rb_node *)(addr))
#define tree(addr) ((struct rb_root *)(addr))
#define item(addr) ((struct list_node *)(addr))
#define list(addr) ((struct list_head *)(addr))

#define RED 1ull

static __always_inline bool same(u64 a, u64 b) { return (u32)a == (u32)b; }
static __always_inline u64 parent_of(u64 n) { return rb(n)->parent & ~RED; }
static __always_inline bool red(u64 n) { return n && rb(n)->parent & RED; }
static __always_inline void set_parent(u64 n, u64 parent) { rb(n)->parent = parent | (rb(n)->parent & RED); }
static __always_inline void set_red(u64 n) { rb(n)->parent |= RED; }
static __always_inline void set_black(u64 n) { rb(n)->parent &= ~RED; }

static __always_inline u64 *side(u64 n, bool left) { return left ? &rb(n)->left : &rb(n)->right; }

/* replace puts another node, or none, below parent where n is. */
static __always_inline void replace(u64 root, u64 parent, u64 n, u64 with)
{
	if (!parent)
		tree(root)->top = with;
	else if (same(rb(parent)->left, n))
		rb(parent)->left = with;
	else
		rb(parent)->right = with;
}

/* rotate turns n down to the left or right: its child of the other side takes its place. */
static __always_inline void rotate(u64 root, u64 n, bool left)
{
	u64 up = *side(n, !left), inner = *side(up, left), parent = parent_of(n);

	*side(n, !left) = inner;
	if (inner)
		set_parent(inner, n);
	replace(root, parent, n, up);
	set_parent(up, parent);
	*side(up, left) = n;
	set_parent(n, up);
}

/* grown settles a red node below a red parent that is the grandparent's left or right child; 0 if nothing is left to do. */
static __always_inline u64 grown(u64 root, u64 n, u64 parent, u64 grand, bool left)
{
	u64 uncle = *side(grand, !left);

	if (red(uncle)) {
		set_black(parent);
		set_black(uncle);
		set_red(grand);
		return grand;
	}
	if (same(*side(parent, !left), n)) {
		rotate(root, parent, left);
		parent = n;
	}
	set_black(parent);
	set_red(grand);
	rotate(root, grand, !left);
	return 0;
}

static __noinline u64 attach(u64 root, u64 n, u64 parent, u64 left)
{
	rb(n)->parent = parent | RED;
	rb(n)->left = rb(n)->right = 0;
	rb(n)->owner = root;
	if (!parent)
		tree(root)->top = n;
	else if (left)
		rb(parent)->left = n;
	else
		rb(parent)->right = n;
	while (n && red(parent = parent_of(n))) {
		u64 grand = parent_of(parent);

		if (same(rb(grand)->left, parent))
			n = grown(root, n, parent, grand, 1);
		else
			n = grown(root, n, parent, grand, 0);
	}
	set_black(tree(root)->top);
	return 0;
}

/* rb_attach hangs a new node below parent, 0 for an empty tree, and balances the tree. */
SEC("syscall") u64 rb_attach(u64 root, u64 n, u64 parent, u64 left) { return attach(root, n, parent, left); }

/* shrunk settles a place on the left or right below parent that is one black node short; 0 if nothing is left to do. */
static __always_inline u64 shrunk(u64 root, u64 parent, bool left)
{
	u64 sibling = *side(parent, !left), far, near;

	if (red(sibling)) {
		set_black(sibling);
		set_red(parent);
		rotate(root, parent, left);
		sibling = *side(parent, !left);
	}
	far = *side(sibling, !left);
	near = *side(sibling, left);
	if (!red(far) && !red(near)) {
		set_red(sibling);
		return parent;
	}
	if (!red(far)) {
		set_black(near);
		set_red(sibling);
		rotate(root, sibling, !left);
		far = sibling;
		sibling = near;
	}
	rb(sibling)->parent = parent_of(sibling) | (rb(parent)->parent & RED);
	set_black(parent);
	set_black(far);
	rotate(root, parent, left);
	return 0;
}

static __noinline u64 erase(u64 root, u64 n)
{
	/* hole is what takes a place that is one black node short, below parent. */
	u64 hole, parent = parent_of(n), left = rb(n)->left, right = rb(n)->right;
	bool short_of = !red(n);

	if (!left || !right) {
		hole = left ? left : right;
		replace(root, parent, n, hole);
		if (hole)
			set_parent(hole, parent);
	} else {
		u64 next = right, above = parent;

		while (rb(next)->left)
			next = rb(next)->left;
		hole = rb(next)->right;
		short_of = !red(next);
		parent = parent_of(next);
		if (same(parent, n)) {
			parent = next;
		} else {
			rb(parent)->left = hole;
			if (hole)
				set_parent(hole, parent);
			rb(next)->right = right;
			set_parent(right, next);
		}
		replace(root, above, n, next);
		rb(next)->parent = rb(n)->parent;
		rb(next)->left = left;
		set_parent(left, next);
	}
	rb(n)->owner = 0;
	if (!short_of)
		return n;
	while (parent && !red(hole)) {
		if (same(rb(parent)->left, hole))
			hole = shrunk(root, parent, 1);
		else
			hole = shrunk(root, parent, 0);
		if (!hole)
			return n;
		parent = parent_of(hole);
	}
	if (hole)
		set_black(hole);
	return n;
}

/* rb_erase takes n out of the tree and balances it. */
SEC("syscall") u64 rb_erase(u64 root, u64 n) { return erase(root, n); }

/* rb_add adds a node where the program's function says; the caller knows that it is in no tree. */
SEC("syscall") u64 rb_add(u64 root, u64 n, u64 (*less)(u64 a, u64 b))
{
	u64 parent = 0, at = tree(root)->top, left = 0;

	while (at) {
		parent = at;
		left = less(n, at) & 0xff;
		at = *side(at, left);
	}
	return attach(root, n, parent, left);
}

/* rb_remove takes n out; 0 if it is not in the tree. */
SEC("syscall") u64 rb_remove(u64 root, u64 n)
{
	return same(rb(n)->owner, root) ? erase(root, n) : 0;
}

/* rb_first is the leftmost node, 0 for none. */
SEC("syscall") u64 rb_first(u64 root)
{
	u64 n = tree(root)->top;

	while (n && rb(n)->left)
		n = rb(n)->left;
	return n;
}

SEC("syscall") u64 rb_top(u64 root) { return tree(root)->top; }

/* rb_left and rb_right are the children of a node, 0 for none and where the node is not in the tree. */
SEC("syscall") u64 rb_left(u64 root, u64 n) { return same(rb(n)->owner, root) ? rb(n)->left : 0; }
SEC("syscall") u64 rb_right(u64 root, u64 n) { return same(rb(n)->owner, root) ? rb(n)->right : 0; }

static __always_inline u64 link(u64 head, u64 n, u64 prev)
{
	u64 next = prev ? item(prev)->next : list(head)->first;

	item(n)->next = next;
	item(n)->prev = prev;
	item(n)->owner = head;
	if (prev)
		item(prev)->next = n;
	else
		list(head)->first = n;
	if (next)
		item(next)->prev = n;
	else
		list(head)->last = n;
	return 0;
}

/* list_link puts a node into a list behind another, 0 for the front. */
SEC("syscall") u64 list_link(u64 head, u64 n, u64 prev) { return link(head, n, prev); }
SEC("syscall") u64 list_push_front(u64 head, u64 n) { return link(head, n, 0); }
SEC("syscall") u64 list_push_back(u64 head, u64 n) { return link(head, n, list(head)->last); }

static __always_inline u64 unlink(u64 head, u64 n)
{
	u64 next, prev;

	if (!n)
		return 0;
	next = item(n)->next;
	prev = item(n)->prev;
	if (prev)
		item(prev)->next = next;
	else
		list(head)->first = next;
	if (next)
		item(next)->prev = prev;
	else
		list(head)->last = prev;
	item(n)->owner = 0;
	return n;
}

/* list_unlink takes a node, 0 for none, out of its list. */
SEC("syscall") u64 list_unlink(u64 head, u64 n) { return unlink(head, n); }
SEC("syscall") u64 list_pop_front(u64 head) { return unlink(head, list(head)->first); }
SEC("syscall") u64 list_pop_back(u64 head) { return unlink(head, list(head)->last); }
SEC("syscall") u64 list_front(u64 head) { return list(head)->first; }
SEC("syscall") u64 list_back(u64 head) { return list(head)->last; }

LICENSE("GPL");
