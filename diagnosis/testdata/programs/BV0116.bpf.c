// SPDX-License-Identifier: MIT
#include "bpf.h"

struct entry {
	struct bpf_spin_lock lock;
	u32 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");

SEC("xdp")
int refused(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key); //~ NOTE

	if (e)
		e->lock.val = 0; //~ ERROR BV0116
	return XDP_PASS;
}

SEC("xdp")
int repaired(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);

	if (!e)
		return XDP_PASS;
	bpf_spin_lock(&e->lock);
	e->count = 0;
	bpf_spin_unlock(&e->lock);
	return XDP_PASS;
}

LICENSE("GPL");
