//go:build ignore

// SPDX-License-Identifier: MIT
/* Programs that run at the same time: they exchange a payload under the lock, or outside of it. */
#include "../../examples/ownership/ownership.h"

#define NODES 4

struct payload {
	u64 value;
};

struct node {
	struct bpf_rb_node rb;
	struct bpf_refcount refs;
	u64 key;
	struct payload __kptr *payload;
};

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_rb_root root __contains(node, rb);

u64 done;

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct node, rb)->key < container_of(b, struct node, rb)->key;
}

/* Adds nodes that have a payload each. */
SEC("syscall") int setup(void *ctx)
{
	for (u64 i = 0; i < NODES; i++) {
		struct payload *p;
		struct node *n = bpf_obj_new(struct node);

		if (!n)
			return 1;
		p = bpf_obj_new(struct payload);
		if (!p) {
			bpf_obj_drop(n);
			return 1;
		}
		n->key = i;
		p = bpf_kptr_xchg(&n->payload, p);
		if (p)
			bpf_obj_drop(p);
		bpf_spin_lock(&lock);
		bpf_rbtree_add(&root, &n->rb, less);
		bpf_spin_unlock(&lock);
	}
	return 0;
}

static __always_inline struct node *find(u64 wanted)
{
	struct bpf_rb_node *rb = bpf_rbtree_root(&root);

	for (int i = 0; i < NODES && rb; i++) {
		struct node *n = container_of(rb, struct node, rb);

		if (n->key == wanted)
			return n;
		rb = n->key > wanted ? bpf_rbtree_left(&root, rb) : bpf_rbtree_right(&root, rb);
	}
	return NULL;
}

/* Counts in the payload, which no other CPU can have taken. Kernels allow it from 7.1 on. */
SEC("syscall") int locked(void *ctx)
{
	struct payload *p = NULL;
	struct node *n;
	int missing = 1;

	bpf_spin_lock(&lock);
	n = find(1);
	if (n) {
		p = bpf_kptr_xchg(&n->payload, NULL);
		if (p) {
			missing = 0;
			p->value++;
			p = bpf_kptr_xchg(&n->payload, p);
		}
	}
	done++;
	bpf_spin_unlock(&lock);
	if (p)
		bpf_obj_drop(p);
	return missing;
}

/* The same outside of the lock: now and then another CPU has the payload. */
SEC("syscall") int unlocked(void *ctx)
{
	struct payload *p;
	struct node *n;
	int missing = 1;

	bpf_spin_lock(&lock);
	n = find(1);
	if (n)
		n = bpf_refcount_acquire(n);
	done++;
	bpf_spin_unlock(&lock);
	if (!n)
		return 1;
	p = bpf_kptr_xchg(&n->payload, NULL);
	if (p) {
		missing = 0;
		p->value++;
		p = bpf_kptr_xchg(&n->payload, p);
		if (p)
			bpf_obj_drop(p);
	}
	bpf_obj_drop(n);
	return missing;
}

/* Takes the first node out and adds it again. */
SEC("syscall") int readd(void *ctx)
{
	struct bpf_rb_node *rb;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	if (rb)
		rb = bpf_rbtree_remove(&root, rb);
	if (rb)
		bpf_rbtree_add(&root, rb, less);
	bpf_spin_unlock(&lock);
	return !rb;
}

/* Returns how often the programs counted without effect, 1000 if a node or a payload is lost. */
SEC("syscall") int check(void *ctx)
{
	u64 counted = 0;

	for (u64 i = 0; i < NODES; i++) {
		struct bpf_rb_node *rb;
		struct payload *p;
		struct node *n;

		bpf_spin_lock(&lock);
		rb = bpf_rbtree_first(&root);
		if (rb)
			rb = bpf_rbtree_remove(&root, rb);
		bpf_spin_unlock(&lock);
		if (!rb)
			return 1000;
		n = container_of(rb, struct node, rb);
		p = bpf_kptr_xchg(&n->payload, NULL);
		if (!p) {
			bpf_obj_drop(n);
			return 1000;
		}
		counted += p->value;
		bpf_obj_drop(p);
		bpf_obj_drop(n);
	}
	return done - counted;
}

LICENSE("GPL");
