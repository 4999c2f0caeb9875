// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 8);
	__type(key, u64);
	__type(value, u64);
} routes SEC(".maps"); //~ ERROR BV2103

SEC("xdp")
int refused(void *ctx)
{
	u64 key = 0;

	return bpf_map_lookup_elem(&routes, &key) != NULL; //~ NOTE
}

LICENSE("GPL");
