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
	struct item *it = bpf_obj_new(struct item);

	if (!it) //~ NOTE
		return 0;
	bpf_list_push_front(&head, &it->node); //~ ERROR BV0401
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	struct item *it = bpf_obj_new(struct item);

	if (!it)
		return 0;
	bpf_spin_lock(&lock);
	bpf_list_push_front(&head, &it->node);
	bpf_spin_unlock(&lock);
	return 0;
}

LICENSE("GPL");
