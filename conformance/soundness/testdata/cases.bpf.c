//go:build ignore

// SPDX-License-Identifier: MIT
/* What a verifier accepts and should not, each by its number. */
#include "../../../examples/ownership/ownership.h"

struct node {
	struct bpf_rb_node rb;
	u64 key;
};

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_rb_root root __contains(node, rb);

/* The tree is empty, and so the first node NULL. */
SEC("syscall") int case_1(void *ctx)
{
	struct node *n = bpf_obj_new(struct node);
	struct bpf_rb_node *rb;

	if (n)
		bpf_obj_drop(n);
	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	rb = bpf_rbtree_remove(&root, rb);
	bpf_spin_unlock(&lock);
	if (rb)
		bpf_obj_drop(container_of(rb, struct node, rb));
	return 0;
}

LICENSE("GPL");
