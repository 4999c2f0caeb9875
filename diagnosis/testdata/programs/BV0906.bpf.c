// SPDX-License-Identifier: MIT
#include "bpf.h"

struct entry {
	u64 first;
	u64 second;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");

SEC("xdp")
int refused(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key); //~ NOTE
	u64 *second;

	barrier_var(e);
	second = &e->second; //~ ERROR BV0906
	barrier_var(second);
	return second ? *second & 1 : 0;
}

SEC("xdp")
int repaired(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);

	return e ? e->second & 1 : 0;
}

LICENSE("GPL");
