// SPDX-License-Identifier: MIT
//~ KERNEL 7.3
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

char data[16];

static int expired(void *map, u32 *key, struct entry *e)
{
	bpf_copy_from_user(data, sizeof(data), NULL); //~ ERROR BV0511
	return 0;
}

static int rang(void *map, u32 *key, struct entry *e)
{
	return 0;
}

SEC("lsm.s/file_open")
int refused(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);

	if (e)
		bpf_timer_set_callback(&e->timer, expired); //~ NOTE
	return 0;
}

SEC("lsm.s/file_open")
int repaired(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);

	if (e)
		bpf_timer_set_callback(&e->timer, rang);
	bpf_copy_from_user(data, sizeof(data), NULL);
	return 0;
}

LICENSE("GPL");
