// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

SEC("tc")
int refused(struct __sk_buff *skb)
{
	u32 key = 0;
	void *map = &counts;

	barrier_var(map); //~ NOTE
	map += 8; //~ ERROR BV0905
	return bpf_map_lookup_elem(map, &key) != NULL;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	u32 key = 1;

	return bpf_map_lookup_elem(&counts, &key) != NULL;
}

LICENSE("GPL");
