// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 8);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u64);
	__type(value, u64);
} routes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u64);
	__type(value, u64);
} hosts SEC(".maps");

static long each(void *map, void *key, void *value, void *ctx)
{
	return 0;
}

SEC("tc")
int refused(void *ctx)
{
	bpf_for_each_map_elem(&routes, each, NULL, 0); //~ ERROR BV1207
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	bpf_for_each_map_elem(&hosts, each, NULL, 0);
	return 0;
}

LICENSE("GPL");
