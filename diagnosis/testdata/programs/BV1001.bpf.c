// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

SEC("xdp")
int refused(void *ctx)
{
	u64 key = bpf_get_prandom_u32(); //~ NOTE

	return bpf_map_lookup_elem(&counts, (void *)key) != NULL; //~ ERROR BV1001
}

SEC("xdp")
int repaired(void *ctx)
{
	u32 key = bpf_get_prandom_u32();

	return bpf_map_lookup_elem(&counts, &key) != NULL;
}

LICENSE("GPL");
