// SPDX-License-Identifier: MIT
#include "bpf.h"

struct entry {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");

static int expired(void *map, u32 *key, struct entry *e)
{
	bpf_throw(0); //~ ERROR BV1208
	return 0;
}

static int rang(void *map, u32 *key, struct entry *e)
{
	return 0;
}

SEC("tc")
int refused(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);

	if (e)
		bpf_timer_set_callback(&e->timer, expired);
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);

	if (e)
		bpf_timer_set_callback(&e->timer, rang);
	return 0;
}

LICENSE("GPL");
