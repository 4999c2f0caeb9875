//go:build ignore

// SPDX-License-Identifier: MIT
/* Exchange in the first node of a list, under its lock: wants kptr-xchg-locked. */
#include "ownership.h"

struct payload {
	u64 value;
};

struct item {
	struct bpf_list_node link;
	u64 key;
	struct payload __kptr *payload;
};

private(L) struct bpf_spin_lock list_lock;
private(L) struct bpf_list_head list __contains(item, link);

SEC("syscall")
int list_node(void *ctx)
{
	struct item *fresh = bpf_obj_new(struct item);
	struct bpf_list_node *link;
	struct payload *p;

	if (!fresh)
		return 1;
	p = bpf_obj_new(struct payload);
	if (!p) {
		bpf_obj_drop(fresh);
		return 1;
	}
	p = bpf_kptr_xchg(&fresh->payload, p);
	if (p)
		bpf_obj_drop(p);
	p = NULL;
	bpf_spin_lock(&list_lock);
	bpf_list_push_back(&list, &fresh->link);
	link = bpf_list_front(&list);
	if (link)
		p = bpf_kptr_xchg(&container_of(link, struct item, link)->payload, NULL);
	bpf_spin_unlock(&list_lock);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

LICENSE("GPL");
