// Maps as iproute2 wants them, one with an id, an inner map and a place to be pinned.
#include "../../examples/bpf.h"

struct __sk_buff {
	u32 len;
};

struct bpf_elf_map {
	u32 type, size_key, size_value, max_elem, flags, id, pinning, inner_id, inner_idx;
};

struct bpf_elf_map SEC("maps") inner = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = 4,
	.size_value = 8,
	.max_elem = 4,
	.id = 7,
};

struct bpf_elf_map SEC("maps") outer = {
	.type = 12, // array of maps
	.size_key = 4,
	.size_value = 4,
	.max_elem = 2,
	.pinning = 2,
	.inner_id = 7,
};

SEC("classifier") int count(struct __sk_buff *skb)
{
	u32 key = 0;
	void *in = bpf_map_lookup_elem(&outer, &key);
	u64 *n;

	if (!in)
		return 0;
	n = bpf_map_lookup_elem(in, &key);
	if (n)
		__sync_fetch_and_add(n, 1);
	return 0;
}

LICENSE("GPL");
