// SPDX-License-Identifier: MIT
#include "bpf.h"

struct item {
	struct bpf_list_node node;
	u64 value;
};

SEC("tc")
int refused(void *ctx)
{
	struct item *it = bpf_obj_new(struct item), *second; //~ NOTE

	if (!it) //~ NOTE
		return 0;
	second = bpf_refcount_acquire(it); //~ ERROR BV0311
	bpf_obj_drop(it);
	if (second)
		bpf_obj_drop(second);
	return 0;
}

struct shared {
	struct bpf_refcount ref;
	u64 value;
};

SEC("tc")
int repaired(void *ctx)
{
	struct shared *it = bpf_obj_new(struct shared), *second;

	if (!it)
		return 0;
	second = bpf_refcount_acquire(it);
	bpf_obj_drop(it);
	if (second)
		bpf_obj_drop(second);
	return 0;
}

LICENSE("GPL");
