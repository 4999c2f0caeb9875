// SPDX-License-Identifier: MIT
#include "bpf.h"

__noinline int first(int *p __arg_nonnull)
{
	return *p;
}

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, int);
} counts SEC(".maps");

SEC("tc")
int refused(void *ctx)
{
	u32 key = 0;

	return first(bpf_map_lookup_elem(&counts, &key)); //~ ERROR BV1203
}

SEC("tc")
int repaired(void *ctx)
{
	u32 key = 0;
	int *p = bpf_map_lookup_elem(&counts, &key);

	return p ? first(p) : 0;
}

LICENSE("GPL");
