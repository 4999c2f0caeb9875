// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, u64);
	__type(value, u64);
} counts SEC(".maps"); //~ ERROR BV2103

SEC("xdp")
int refused(void *ctx)
{
	u64 key = 0;

	return bpf_map_lookup_elem(&counts, &key) != NULL; //~ NOTE
}

LICENSE("GPL");
