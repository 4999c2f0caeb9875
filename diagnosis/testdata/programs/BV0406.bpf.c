// SPDX-License-Identifier: MIT
#include "bpf.h"

struct item {
	struct bpf_rb_node node;
	u64 value;
};

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_rb_root root __contains(item, node);

static bool less_unlocking(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	bpf_spin_unlock(&lock); //~ ERROR BV0406
	return false;
}

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct item, node)->value < container_of(b, struct item, node)->value;
}

SEC("tc")
int refused(void *ctx)
{
	struct item *it = bpf_obj_new(struct item);

	if (!it)
		return 0;
	bpf_spin_lock(&lock); //~ NOTE
	bpf_rbtree_add(&root, &it->node, less_unlocking); //~ NOTE
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	struct item *it = bpf_obj_new(struct item);

	if (!it)
		return 0;
	bpf_spin_lock(&lock);
	bpf_rbtree_add(&root, &it->node, less);
	bpf_spin_unlock(&lock);
	return 0;
}

LICENSE("GPL");
