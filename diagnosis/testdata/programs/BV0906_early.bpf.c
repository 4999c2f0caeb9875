// SPDX-License-Identifier: MIT
//~ KERNEL 6.12
#include "bpf.h"

struct pair {
	u64 first, second;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct pair);
} pairs SEC(".maps");

SEC("xdp")
int refused(void *ctx)
{
	u32 key = 0;
	struct pair *pair = bpf_map_lookup_elem(&pairs, &key); //~ NOTE
	u64 *second;

	asm volatile("%0 = %1; %0 += 8;" : "=r"(second) : "r"(pair)); //~ ERROR BV0906
	if (!pair)
		return XDP_PASS;
	return *second & 1;
}

SEC("xdp")
int repaired(void *ctx)
{
	u32 key = 0;
	struct pair *pair = bpf_map_lookup_elem(&pairs, &key);

	if (!pair)
		return XDP_PASS;
	barrier_var(pair);
	return pair->second & 1;
}

LICENSE("GPL");
