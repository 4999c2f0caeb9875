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
	struct entry *e = bpf_map_lookup_elem(&entries, &key); //~ NOTE

	if (!e) //~ NOTE
		return 0;
	bpf_spin_lock(&e->lock);
	e->count++;
	bpf_spin_unlock(&e->lock); //~ NOTE
	bpf_spin_unlock(&e->lock); //~ ERROR BV0402
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);

	if (!e)
		return 0;
	bpf_spin_lock(&e->lock);
	e->count++;
	bpf_spin_unlock(&e->lock);
	return 0;
}

LICENSE("GPL");
