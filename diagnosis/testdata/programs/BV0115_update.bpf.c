// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, u32);
	__type(value, u64);
} settings SEC(".maps");

SEC("xdp")
int refused(void *ctx)
{
	u32 key = 0;
	u64 value = 1;

	bpf_map_update_elem(&settings, &key, &value, 0); //~ ERROR BV0115
	return XDP_PASS;
}

SEC("xdp")
int repaired(void *ctx)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&settings, &key) ? XDP_PASS : XDP_DROP;
}

LICENSE("GPL");
