//go:build ignore

// SPDX-License-Identifier: MIT
/* What libbpf won't load as it lies there: a section it doesn't know, a map of maps that doesn't say of which,
 * a program without a target. */
#include "../bpf.h"

enum { BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4, BPF_MAP_TYPE_HASH_OF_MAPS = 13 };

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__uint(key_size, 4);
	__uint(value_size, 4);
} outer SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, u32);
	__type(value, u64);
} example SEC(".maps");

SEC("classifier/ingress")
int count(void *ctx)
{
	u32 key = 0;
	u64 *n;
	void *inner = bpf_map_lookup_elem(&outer, &key);

	if (!inner)
		return 0;
	n = bpf_map_lookup_elem(inner, &key);
	if (n)
		*n += 1;
	return 0;
}

SEC("fentry")
int enter(void *ctx)
{
	return 0;
}

LICENSE("GPL");
