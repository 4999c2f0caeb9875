// SPDX-License-Identifier: MIT
#include "bpf.h"

struct entry {
	u64 count;
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");

SEC("tc")
int refused(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key); //~ NOTE

	if (e)
		bpf_timer_init((void *)e, &entries, 1); //~ ERROR BV1010
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);

	if (e)
		bpf_timer_init(&e->timer, &entries, 1);
	return 0;
}

LICENSE("GPL");
