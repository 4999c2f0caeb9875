// SPDX-License-Identifier: MIT
#include "bpf.h"

struct entry {
	u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");

SEC("xdp")
int refused(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key); //~ NOTE

	if (!e)
		return 0;
	return bpf_map_lookup_elem(e, &key) != NULL; //~ ERROR BV1001
}

SEC("xdp")
int repaired(void *ctx)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&entries, &key) != NULL;
}

LICENSE("GPL");
