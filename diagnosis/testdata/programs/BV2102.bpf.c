// SPDX-License-Identifier: MIT
#include "bpf.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u32);
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2);
	__type(key, u32);
	__array(values, struct inner);
} outer SEC(".maps"); //~ ERROR BV2102

SEC("xdp")
int refused(void *ctx)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&outer, &key) != NULL;
}

LICENSE("GPL");
