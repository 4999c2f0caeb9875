// SPDX-License-Identifier: MIT
#include "bpf.h"

struct entry {
	struct bpf_wq work;
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
	struct entry *e = bpf_map_lookup_elem(&entries, &key);

	if (e) //~ NOTE
		bpf_wq_init(&e->work, &key, 0); //~ ERROR BV1011
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);

	if (e)
		bpf_wq_init(&e->work, &entries, 0);
	return 0;
}

LICENSE("GPL");
