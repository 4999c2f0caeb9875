// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u64);
	__type(value, u64);
} hosts SEC(".maps");

static long each(void *map, void *key, u64 *value, void *ctx)
{
	if (*value > 10)
		bpf_throw(1); //~ ERROR BV1208
	return 0;
}

static long limit(void *map, void *key, u64 *value, bool *over)
{
	*over = *value > 10;
	return *over;
}

SEC("tc")
int refused(void *ctx)
{
	bpf_for_each_map_elem(&hosts, each, NULL, 0);
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	bool over = false;

	bpf_for_each_map_elem(&hosts, limit, &over, 0);
	if (over)
		bpf_throw(1);
	return 0;
}

LICENSE("GPL");
