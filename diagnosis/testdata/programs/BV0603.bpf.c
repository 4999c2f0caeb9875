// SPDX-License-Identifier: MIT
#include "bpf.h"

struct item {
	struct bpf_rb_node node;
	u64 value;
};

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_rb_root root __contains(item, node);

SEC("tc")
int refused(void *ctx)
{
	struct item *it = bpf_obj_new(struct item);
	struct bpf_rb_node *n;

	if (!it)
		return 0;
	bpf_spin_lock(&lock);
	n = bpf_rbtree_first(&root);
	bpf_spin_unlock(&lock);
	if (!n)
		goto out;
	bpf_spin_lock(&lock); //~ NOTE
	n = bpf_rbtree_remove(&root, n); //~ ERROR BV0603
	bpf_spin_unlock(&lock);
	if (n)
		bpf_obj_drop(container_of(n, struct item, node));
out:
	bpf_obj_drop(it);
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	struct bpf_rb_node *n;
	struct item *it;

	bpf_spin_lock(&lock);
	n = bpf_rbtree_first(&root);
	if (n)
		n = bpf_rbtree_remove(&root, n);
	bpf_spin_unlock(&lock);
	if (!n)
		return 0;
	it = container_of(n, struct item, node);
	it->value = 0;
	bpf_obj_drop(it);
	return 0;
}

LICENSE("GPL");
