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
	u32 key = 0;
	u64 *count = bpf_map_lookup_elem(&counts, &key); //~ NOTE

	*count += 1; //~ ERROR BV0902
	return XDP_PASS;
}

SEC("xdp")
int repaired(void *ctx)
{
	u32 key = 0;
	u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		*count += 1;
	return XDP_PASS;
}

LICENSE("GPL");
