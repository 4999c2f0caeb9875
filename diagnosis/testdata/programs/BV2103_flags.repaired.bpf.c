// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

SEC("xdp")
int repaired(void *ctx)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&counts, &key) != NULL;
}

LICENSE("GPL");
