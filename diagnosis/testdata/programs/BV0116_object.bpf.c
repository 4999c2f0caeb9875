// SPDX-License-Identifier: MIT
#include "bpf.h"

struct item {
	struct bpf_list_node node;
	u64 value;
};

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_list_head head __contains(item, node);

SEC("tc")
int refused(void *ctx)
{
	struct item *it = bpf_obj_new(struct item); //~ NOTE

	if (!it) //~ NOTE
		return 0;
	*(u64 *)&it->node = 0; //~ ERROR BV0116
	bpf_obj_drop(it);
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	struct item *it = bpf_obj_new(struct item);

	if (!it)
		return 0;
	it->value = 0;
	bpf_obj_drop(it);
	return 0;
}

LICENSE("GPL");
