//go:build ignore

// SPDX-License-Identifier: MIT
/* Exchange under a lock, in a map's value and in less(): each wants kptr-xchg-locked. */
#include "tree.h"

struct slot {
	struct bpf_spin_lock lock;
	struct payload __kptr *payload;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct slot);
} slots SEC(".maps");

/* In a map's value, under that value's lock. */
SEC("syscall")
int map_value(void *ctx)
{
	struct payload *p;
	struct slot *s;
	u32 zero = 0;

	s = bpf_map_lookup_elem(&slots, &zero);
	if (!s)
		return 0;
	bpf_spin_lock(&s->lock);
	p = bpf_kptr_xchg(&s->payload, NULL);
	bpf_spin_unlock(&s->lock);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

/* taken takes the payload out of a slot whose lock the caller holds. */
static __noinline u64 taken(struct slot *s)
{
	struct payload *p = bpf_kptr_xchg(&s->payload, NULL);
	u64 value;

	if (!p)
		return 0;
	value = p->value;
	bpf_kptr_xchg(&s->payload, p);
	return value;
}

/* Refused: through a static subprogram, which forgets what the second exchange returns. */
SEC("syscall")
int subprogram_forgets(void *ctx)
{
	struct slot *s;
	u64 value;
	u32 zero = 0;

	s = bpf_map_lookup_elem(&slots, &zero);
	if (!s)
		return 0;
	bpf_spin_lock(&s->lock);
	value = taken(s);
	bpf_spin_unlock(&s->lock);
	return value != 0;
}

/* swap puts a payload into a slot whose lock the caller holds, and returns the one that was there. */
static __noinline struct payload *swap(struct slot *s)
{
	return bpf_kptr_xchg(&s->payload, NULL);
}

/* Through a static subprogram. */
SEC("syscall")
int subprogram(void *ctx)
{
	struct payload *p;
	struct slot *s;
	u32 zero = 0;

	s = bpf_map_lookup_elem(&slots, &zero);
	if (!s)
		return 0;
	bpf_spin_lock(&s->lock);
	p = swap(s);
	bpf_spin_unlock(&s->lock);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

/* busy orders nodes by their payloads, which it looks at by taking them out for a while. */
static bool busy(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	struct node *n = container_of(a, struct node, rb);
	struct payload *p = bpf_kptr_xchg(&n->payload, NULL);
	bool first;

	if (!p)
		return 0;
	first = p->value < container_of(b, struct node, rb)->key;
	p = bpf_kptr_xchg(&n->payload, p);
	return first && !p;
}

/* Refused: inside less(), what the second exchange returns can't be freed under the lock. */
SEC("syscall")
int inside_less(void *ctx)
{
	struct node *n = new_node(1);

	if (!n)
		return 0;
	bpf_spin_lock(&lock);
	bpf_rbtree_add(&root, &n->rb, busy);
	bpf_spin_unlock(&lock);
	empty();
	return 0;
}

LICENSE("GPL");
