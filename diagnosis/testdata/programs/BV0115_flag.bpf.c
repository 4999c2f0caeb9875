// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, u32);
	__type(value, u64);
} settings SEC(".maps");

SEC("xdp")
int refused(void *ctx)
{
	u32 key = 0;
	u64 *v = bpf_map_lookup_elem(&settings, &key); //~ NOTE

	if (v)
		*v = 1; //~ ERROR BV0115
	return XDP_PASS;
}

SEC("xdp")
int repaired(void *ctx)
{
	u32 key = 0;
	u64 *v = bpf_map_lookup_elem(&settings, &key);

	return v && *v ? XDP_DROP : XDP_PASS;
}

LICENSE("GPL");
