// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u64);
	__type(value, u64);
} owners SEC(".maps"), sizes SEC(".maps");

SEC("xdp")
int refused(void *ctx)
{
	u64 key = 0, *owner = bpf_map_lookup_elem(&owners, &key); //~ NOTE

	return bpf_map_lookup_elem(&sizes, owner) != NULL; //~ ERROR BV1002
}

SEC("xdp")
int repaired(void *ctx)
{
	u64 key = 0, *owner = bpf_map_lookup_elem(&owners, &key);

	return owner && bpf_map_lookup_elem(&sizes, owner) != NULL;
}

LICENSE("GPL");
