//go:build ignore

// SPDX-License-Identifier: MIT
/* The way without exchange under a lock: take the node out, read its payload unlocked, put it back. */
#include "tree.h"

SEC("syscall")
int remove_read_add(void *ctx)
{
	struct bpf_rb_node *rb;
	struct payload *p;
	struct node *n;
	u64 value = 0;

	if (fill())
		return 1;
	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	if (!rb) {
		bpf_spin_unlock(&lock);
		return 1;
	}
	rb = bpf_rbtree_remove(&root, rb);
	bpf_spin_unlock(&lock);
	if (!rb)
		return 1;
	n = container_of(rb, struct node, rb);
	p = bpf_kptr_xchg(&n->payload, NULL);
	if (p) {
		value = p->value;
		p = bpf_kptr_xchg(&n->payload, p);
		if (p)
			bpf_obj_drop(p);
	}
	bpf_spin_lock(&lock);
	bpf_rbtree_add(&root, &n->rb, less);
	bpf_spin_unlock(&lock);
	empty();
	return value != 0;
}

/* What the others find. */
SEC("syscall")
int plant(void *ctx)
{
	return fill();
}

/* Refused: after unlock the node is borrowed from nobody. */
SEC("syscall")
int xchg_after_unlock(void *ctx)
{
	struct bpf_rb_node *rb;
	struct payload *p;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	bpf_spin_unlock(&lock);
	if (!rb)
		return 0;
	p = bpf_kptr_xchg(&container_of(rb, struct node, rb)->payload, NULL);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

/* Refused: freeing may take a while, so it isn't done inside the section. */
SEC("syscall")
int drop_inside(void *ctx)
{
	struct bpf_rb_node *rb;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	if (rb) {
		rb = bpf_rbtree_remove(&root, rb);
		if (rb)
			bpf_obj_drop(container_of(rb, struct node, rb));
	}
	bpf_spin_unlock(&lock);
	return 0;
}

/* Refused: the payload taken out is neither freed nor put back. */
SEC("syscall")
int forget_payload(void *ctx)
{
	struct node *n = new_node(1);
	struct payload *p;

	if (!n)
		return 0;
	p = bpf_kptr_xchg(&n->payload, NULL);
	bpf_obj_drop(n);
	return p ? p->value : 0;
}

LICENSE("GPL");
