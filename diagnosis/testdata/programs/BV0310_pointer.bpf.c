// SPDX-License-Identifier: MIT
#include "bpf.h"

struct item {
	struct item *next;
};

SEC("tc")
int refused(void *ctx)
{
	struct item *v = bpf_percpu_obj_new(struct item); //~ ERROR BV0310

	if (v)
		bpf_percpu_obj_drop(v);
	return 0;
}

struct plain {
	u64 next;
};

SEC("tc")
int repaired(void *ctx)
{
	struct plain *v = bpf_percpu_obj_new(struct plain);

	if (v)
		bpf_percpu_obj_drop(v);
	return 0;
}

LICENSE("GPL");
