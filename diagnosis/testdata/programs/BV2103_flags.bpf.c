// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 8);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps"); //~ ERROR BV2103

SEC("xdp")
int refused(void *ctx)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&counts, &key) != NULL; //~ NOTE
}

LICENSE("GPL");
