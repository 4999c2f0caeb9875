// SPDX-License-Identifier: MIT
#include "bpf.h"

struct entry {
	u32 count;
	struct bpf_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");

SEC("tc")
int refused(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key); //~ NOTE

	if (!e)
		return 0;
	bpf_spin_lock((void *)&e->count); //~ ERROR BV0405
	bpf_spin_unlock((void *)&e->count);
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
	bpf_spin_unlock(&e->lock);
	return 0;
}

LICENSE("GPL");
