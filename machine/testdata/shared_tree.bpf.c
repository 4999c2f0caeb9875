//go:build ignore

// SPDX-License-Identifier: MIT
/* Two CPUs exchange payloads in one tree. */
#include "../../examples/ownership/tree.h"

SEC("syscall") int setup(void *ctx)
{
	return fill();
}

static __always_inline int exchange(u64 wanted, int locked)
{
	struct bpf_rb_node *rb;
	struct payload *p;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_root(&root);
	for (int i = 0; i < NODES && rb; i++) {
		struct node *n = container_of(rb, struct node, rb);

		if (n->key == wanted) {
			if (!locked)
				bpf_spin_unlock(&lock);
			p = bpf_kptr_xchg(&n->payload, NULL);
			if (p) {
				p->value++;
				p = bpf_kptr_xchg(&n->payload, p);
			}
			if (locked)
				bpf_spin_unlock(&lock);
			if (p)
				bpf_obj_drop(p);
			return 0;
		}
		rb = n->key > wanted ? bpf_rbtree_left(&root, rb) : bpf_rbtree_right(&root, rb);
	}
	bpf_spin_unlock(&lock);
	return 1;
}

SEC("syscall") int under_lock(void *ctx)
{
	return exchange(WANTED, 1);
}

SEC("syscall") int after_unlock(void *ctx)
{
	return exchange(WANTED, 0);
}

/* Takes nodes out and puts them back without the lock that the others hold. */
SEC("syscall") int without_lock(void *ctx)
{
	struct bpf_rb_node *rb = bpf_rbtree_first(&root);

	return rb ? 0 : 1;
}

LICENSE("GPL");
