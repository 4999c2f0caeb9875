// SPDX-License-Identifier: MIT
#include "bpf.h"

struct item {
	struct bpf_list_node node;
	u64 value;
};

struct other {
	struct bpf_list_node node;
};

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_list_head head __contains(item, node);

SEC("tc")
int refused(void *ctx)
{
	struct other *it = bpf_obj_new(struct other);

	if (!it)
		return 0;
	bpf_spin_lock(&lock);
	bpf_list_push_front(&head, &it->node); //~ ERROR BV0602
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
	bpf_list_push_front(&head, &it->node);
	bpf_spin_unlock(&lock);
	return 0;
}

LICENSE("GPL");
