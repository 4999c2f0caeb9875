// SPDX-License-Identifier: MIT
/*
 * A tree searched by key under its lock, its nodes' payloads read in four ways. A node that was taken out and added
 * again is a leaf, so only the node found is taken out: a search that does so with each node on its way finds
 * nothing, as left and right of a leaf is nothing.
 */
#pragma once
#include "../../machine/testdata/speed/speed.h"

#undef private
#define private(name) SEC(".data." #name) __attribute__((visibility("hidden"), aligned(8)))

struct payload {
	u64 value;
};

struct node {
	struct bpf_rb_node rb;
	u64 key;
	u64 value;
	struct payload __kptr *payload;
};

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_rb_root root __contains(node, rb);

volatile u32 nodes = 1000;
volatile u32 rounds = 1000;
volatile u64 added, sum;

static u32 (*const bpf_get_prandom_u32)(void) = (void *)7;

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
	n->value = p->value = key * 3;
	p = bpf_kptr_xchg(&n->payload, p);
	if (p)
		bpf_obj_drop(p);
	return n;
}

static long add_one(u32 i, void *ctx)
{
	struct node *n;

	if (added >= nodes)
		return 1;
	n = new_node(added * 7919 % nodes);
	if (!n)
		return 1;
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

/* Takes nodes out and frees them, and returns whether none is left. */
static long drop_one(u32 i, void *ctx)
{
	struct bpf_rb_node *rb;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	if (rb)
		rb = bpf_rbtree_remove(&root, rb);
	bpf_spin_unlock(&lock);
	if (!rb)
		return 1;
	bpf_obj_drop(container_of(rb, struct node, rb));
	added--;
	return 0;
}

SEC("syscall")
int drain(void *ctx)
{
	bpf_loop(1000, drop_one, NULL, 0);
	return added == 0;
}

/* What a run of searches knows; CPUs share nothing of it. */
struct searches {
	u32 random;
	u32 found;
	u64 sum;
};

/* any_key is a key of the tree. */
static __always_inline u64 any_key(struct searches *s)
{
	s->random = s->random * 1664525u + 1013904223u;
	return (u64)s->random * nodes >> 32;
}

/* search is the node of a key, or NULL. The lock must be held. */
#define search(wanted) \
	({ \
		struct bpf_rb_node *rb = bpf_rbtree_root(&root); \
		while (rb && may_loop) { \
			struct node *n = container_of(rb, struct node, rb); \
			if (n->key == (wanted)) \
				break; \
			rb = (wanted) < n->key ? bpf_rbtree_left(&root, rb) : bpf_rbtree_right(&root, rb); \
		} \
		rb; \
	})

static __always_inline void note(struct searches *s, bool hit, u64 value)
{
	if (!hit)
		return;
	s->found++;
	s->sum += value;
}

/* Runs many searches and returns how many of them found what they looked for. */
static __always_inline int all(void *one)
{
	struct searches s = { .random = bpf_get_prandom_u32() };

	bpf_loop(rounds, one, &s, 0);
	sum = s.sum;
	return s.found;
}

static long read_one(u32 i, void *ctx)
{
	u64 wanted = any_key(ctx), value = 0;
	bool hit = 0;
	struct bpf_rb_node *rb;

	bpf_spin_lock(&lock);
	rb = search(wanted);
	if (rb) {
		value = container_of(rb, struct node, rb)->value;
		hit = 1;
	}
	bpf_spin_unlock(&lock);
	note(ctx, hit, value);
	return 0;
}

/* Lock, search, read, unlock. */
SEC("syscall")
int read(void *ctx)
{
	return all(read_one);
}

static long replace_one(u32 i, void *ctx)
{
	u64 wanted = any_key(ctx), value = 0;
	bool hit = 0;
	struct bpf_rb_node *rb;

	bpf_spin_lock(&lock);
	rb = search(wanted);
	if (rb)
		rb = bpf_rbtree_remove(&root, rb);
	if (rb) {
		value = container_of(rb, struct node, rb)->value;
		hit = 1;
		bpf_rbtree_add(&root, rb, less);
	}
	bpf_spin_unlock(&lock);
	note(ctx, hit, value);
	return 0;
}

/* Lock, search, take the node out, read, add it again, unlock. */
SEC("syscall")
int replace(void *ctx)
{
	return all(replace_one);
}

static long apart_one(u32 i, void *ctx)
{
	u64 wanted = any_key(ctx), value = 0;
	bool hit = 0;
	struct bpf_rb_node *rb;
	struct payload *p;
	struct node *n;

	bpf_spin_lock(&lock);
	rb = search(wanted);
	if (rb)
		rb = bpf_rbtree_remove(&root, rb);
	bpf_spin_unlock(&lock);
	if (!rb)
		return 0;
	n = container_of(rb, struct node, rb);
	p = bpf_kptr_xchg(&n->payload, NULL);
	if (p) {
		value = p->value;
		hit = 1;
		p = bpf_kptr_xchg(&n->payload, p);
		if (p)
			bpf_obj_drop(p);
	}
	bpf_spin_lock(&lock);
	bpf_rbtree_add(&root, &n->rb, less);
	bpf_spin_unlock(&lock);
	note(ctx, hit, value);
	return 0;
}

/*
 * Lock, search, take the node out, unlock, exchange its payload and read it, lock, add the node again, unlock: the
 * only way to a payload that 6.18 allows.
 */
SEC("syscall")
int apart(void *ctx)
{
	return all(apart_one);
}
