//go:build ignore

// SPDX-License-Identifier: MIT
/*
 * A tree searched by key under its lock. A node that was taken out and added again is a leaf, so only the node
 * found is taken out: a search that did so with each node on its way would find nothing.
 */
#include "speed.h"

struct node {
	struct bpf_rb_node rb;
	u64 key;
	u64 value;
};

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_rb_root root __contains(node, rb);

volatile u32 nodes = 1000;
volatile u32 rounds = 20000;
volatile u64 added, found, sum;
u32 random = 12345;

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct node, rb)->key < container_of(b, struct node, rb)->key;
}

/* any_key is a key of the tree. */
static __always_inline u64 any_key(void)
{
	random = random * 1664525u + 1013904223u;
	return (u64)random * nodes >> 32;
}

static long add_one(u32 i, void *ctx)
{
	struct node *n;

	if (added >= nodes)
		return 1;
	n = bpf_obj_new(struct node);
	if (!n)
		return 1;
	n->key = added * 7919 % nodes;
	n->value = n->key * 3;
	bpf_spin_lock(&lock);
	bpf_rbtree_add(&root, &n->rb, less);
	bpf_spin_unlock(&lock);
	added++;
	return 0;
}

/* Adds some nodes and returns whether all are there: keys are 0 to nodes-1, in an order of no pattern. */
SEC("syscall")
int fill(void *ctx)
{
	bpf_loop(1000, add_one, NULL, 0);
	return added >= nodes;
}

static long search_one(u32 i, void *ctx)
{
	u64 key = any_key(), value = 0;
	bool hit = 0;
	struct bpf_rb_node *rb;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_root(&root);
	while (rb && may_loop) {
		struct node *n = container_of(rb, struct node, rb);

		if (n->key == key) {
			value = n->value;
			hit = 1;
			break;
		}
		rb = key < n->key ? bpf_rbtree_left(&root, rb) : bpf_rbtree_right(&root, rb);
	}
	bpf_spin_unlock(&lock);
	if (hit) {
		found++;
		sum += value;
	}
	return 0;
}

/* Lock, search, read, unlock. */
SEC("syscall")
int search(void *ctx)
{
	bpf_loop(rounds, search_one, NULL, 0);
	return found;
}

static long replace_one(u32 i, void *ctx)
{
	u64 key = any_key(), value = 0;
	bool hit = 0;
	struct bpf_rb_node *rb;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_root(&root);
	while (rb && may_loop) {
		struct node *n = container_of(rb, struct node, rb);

		if (n->key == key)
			break;
		rb = key < n->key ? bpf_rbtree_left(&root, rb) : bpf_rbtree_right(&root, rb);
	}
	if (rb) {
		rb = bpf_rbtree_remove(&root, rb);
		if (rb) {
			value = container_of(rb, struct node, rb)->value;
			bpf_rbtree_add(&root, rb, less);
			hit = 1;
		}
	}
	bpf_spin_unlock(&lock);
	if (hit) {
		found++;
		sum += value;
	}
	return 0;
}

/* Lock, search, take out, read, add again, unlock. */
SEC("syscall")
int replace(void *ctx)
{
	bpf_loop(rounds, replace_one, NULL, 0);
	return found;
}

LICENSE("GPL");
