// SPDX-License-Identifier: MIT
#include "bpf.h"

struct entry {
	struct bpf_timer timer;
	char name[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");

SEC("tc")
int refused(struct __sk_buff *skb)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);

	if (e)
		bpf_skb_load_bytes(skb, 0, e, sizeof(e->name)); //~ ERROR BV0116
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);

	if (e)
		bpf_skb_load_bytes(skb, 0, e->name, sizeof(e->name));
	return 0;
}

LICENSE("GPL");
