//go:build ignore

// SPDX-License-Identifier: MIT
/* All ways: kernels allow exchanges under a lock from 7.1 on. */
#include "tree.h"

static long exchange_one(u32 i, void *ctx)
{
	u64 wanted = any_key(ctx), value = 0;
	bool hit = 0;
	struct payload *p = NULL;
	struct bpf_rb_node *rb;

	bpf_spin_lock(&lock);
	rb = search(wanted);
	if (rb) {
		struct node *n = container_of(rb, struct node, rb);

		p = bpf_kptr_xchg(&n->payload, NULL);
		if (p) {
			value = p->value;
			hit = 1;
			p = bpf_kptr_xchg(&n->payload, p);
		}
	}
	bpf_spin_unlock(&lock);
	if (p)
		bpf_obj_drop(p);
	note(ctx, hit, value);
	return 0;
}

/* Lock, search, take the payload out, read it, put it back, unlock. */
SEC("syscall")
int exchange(void *ctx)
{
	return all(exchange_one);
}

LICENSE("GPL");
