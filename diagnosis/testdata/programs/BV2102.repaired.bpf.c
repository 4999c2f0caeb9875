// SPDX-License-Identifier: MIT
#include "bpf.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u32);
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, u32);
	__array(values, struct inner);
} outer SEC(".maps");

SEC("xdp")
int repaired(void *ctx)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&outer, &key) != NULL;
}

LICENSE("GPL");
