/* SPDX-License-Identifier: MIT */
/* A tree of nodes that own a payload each. */
#pragma once
#include "ownership.h"

#define NODES 16
#define WANTED 8

struct payload {
	u64 value;
};

struct node {
	struct bpf_rb_node rb;
	u64 key;
	struct payload __kptr *payload;
};

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_rb_root root __contains(node, rb);

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct node, rb)->key < container_of(b, struct node, rb)->key;
}

/* new_node returns a node with its payload, or NULL. */
static __always_inline struct node *new_node(u64 key)
{
	struct payload *p;
	struct node *n = bpf_obj_new(struct node);

	if (!n)
		return NULL;
	p = bpf_obj_new(struct payload);
	if (!p) {
		bpf_obj_drop(n);
		return NULL;
	}
	n->key = key;
	p->value = key;
	p = bpf_kptr_xchg(&n->payload, p);
	if (p)
		bpf_obj_drop(p);
	return n;
}

/* fill puts NODES nodes into the tree. */
static __always_inline long fill(void)
{
	for (u64 i = 0; i < NODES; i++) {
		struct node *n = new_node(i);

		if (!n)
			return 1;
		bpf_spin_lock(&lock);
		bpf_rbtree_add(&root, &n->rb, less);
		bpf_spin_unlock(&lock);
	}
	return 0;
}

/* empty takes every node out and frees it. */
static __always_inline void empty(void)
{
	for (u64 i = 0; i < NODES; i++) {
		struct bpf_rb_node *rb;

		bpf_spin_lock(&lock);
		rb = bpf_rbtree_first(&root);
		if (!rb) {
			bpf_spin_unlock(&lock);
			return;
		}
		rb = bpf_rbtree_remove(&root, rb);
		bpf_spin_unlock(&lock);
		if (rb)
			bpf_obj_drop(container_of(rb, struct node, rb));
	}
}
