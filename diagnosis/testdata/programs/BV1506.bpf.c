// SPDX-License-Identifier: MIT
#include "bpf.h"

struct item {
	u64 value;
};

struct entry {
	struct item __percpu_kptr *item;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");

static __always_inline struct item *find(void)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);
	struct item *it;

	if (!e)
		return NULL;
	it = e->item; //~ NOTE
	if (it) //~ NOTE
		return it;
	it = bpf_percpu_obj_new(struct item);
	if (it)
		it = bpf_kptr_xchg(&e->item, it);
	if (it)
		bpf_percpu_obj_drop(it);
	return NULL;
}

SEC("tc")
int refused(void *ctx)
{
	struct item *it = find();

	return it ? it->value : 0; //~ ERROR BV1506
}

SEC("tc")
int repaired(void *ctx)
{
	struct item *it = find();

	if (!it)
		return 0;
	it = bpf_this_cpu_ptr(it);
	return it->value;
}

LICENSE("GPL");
