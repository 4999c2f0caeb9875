//go:build ignore

// SPDX-License-Identifier: MIT
/* Search a tree under one lock and read each node's payload where it is: wants kptr-xchg-locked. */
#include "tree.h"

struct ref_node {
	struct bpf_rb_node rb;
	struct bpf_refcount ref;
	u64 key;
	struct payload __kptr *payload;
};

private(B) struct bpf_spin_lock ref_lock;
private(B) struct bpf_rb_root ref_root __contains(ref_node, rb);

static bool ref_less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct ref_node, rb)->key < container_of(b, struct ref_node, rb)->key;
}

SEC("syscall")
int search(void *ctx)
{
	struct bpf_rb_node *rb;
	long found = -1;

	if (fill())
		return 1;
	bpf_spin_lock(&lock);
	rb = bpf_rbtree_root(&root);
	for (int i = 0; i < NODES && rb; i++) {
		struct node *n = container_of(rb, struct node, rb);
		struct payload *p = bpf_kptr_xchg(&n->payload, NULL);
		u64 key = n->key;

		if (!p)
			break;
		if (key == WANTED)
			found = p->value;
		p = bpf_kptr_xchg(&n->payload, p);
		if (p) {
			bpf_spin_unlock(&lock);
			bpf_obj_drop(p);
			return 2;
		}
		if (key == WANTED)
			break;
		rb = key > WANTED ? bpf_rbtree_left(&root, rb) : bpf_rbtree_right(&root, rb);
	}
	bpf_spin_unlock(&lock);
	empty();
	return found != WANTED;
}

SEC("syscall")
int search_refcounted(void *ctx)
{
	struct ref_node *n = bpf_obj_new(struct ref_node);
	struct payload *p;
	struct bpf_rb_node *rb;
	long found = -1;

	if (!n)
		return 1;
	p = bpf_obj_new(struct payload);
	if (!p) {
		bpf_obj_drop(n);
		return 1;
	}
	n->key = p->value = WANTED;
	p = bpf_kptr_xchg(&n->payload, p);
	if (p)
		bpf_obj_drop(p);
	bpf_spin_lock(&ref_lock);
	bpf_rbtree_add(&ref_root, &n->rb, ref_less);
	rb = bpf_rbtree_root(&ref_root);
	for (int i = 0; i < NODES && rb; i++) {
		u64 key;

		n = container_of(rb, struct ref_node, rb);
		p = bpf_kptr_xchg(&n->payload, NULL);
		key = n->key;
		if (!p)
			break;
		if (key == WANTED)
			found = p->value;
		p = bpf_kptr_xchg(&n->payload, p);
		if (p) {
			bpf_spin_unlock(&ref_lock);
			bpf_obj_drop(p);
			return 2;
		}
		if (key == WANTED)
			break;
		rb = key > WANTED ? bpf_rbtree_left(&ref_root, rb) : bpf_rbtree_right(&ref_root, rb);
	}
	bpf_spin_unlock(&ref_lock);
	return found != WANTED;
}

LICENSE("GPL");
