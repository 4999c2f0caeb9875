// SPDX-License-Identifier: MIT
#include "bpf.h"

struct entry {
	struct bpf_spin_lock lock;
	u32 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");

SEC("tc")
int refused(void *ctx)
{
	u32 key = 0;
	struct entry *a = bpf_map_lookup_elem(&entries, &key);
	struct entry *b = bpf_map_lookup_elem(&entries, &key); //~ NOTE

	if (!a || !b) //~ NOTE
		return 0;
	bpf_spin_lock(&a->lock); //~ NOTE
	a->count++;
	bpf_spin_unlock(&b->lock); //~ ERROR BV0402
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	u32 key = 0;
	struct entry *a = bpf_map_lookup_elem(&entries, &key);

	if (!a)
		return 0;
	bpf_spin_lock(&a->lock);
	a->count++;
	bpf_spin_unlock(&a->lock);
	return 0;
}

LICENSE("GPL");
