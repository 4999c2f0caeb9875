// SPDX-License-Identifier: MIT
//~ KERNEL 6.12
#include "bpf.h"

struct entry {
	struct bpf_res_spin_lock lock;
	u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

SEC("tc")
int refused(void *ctx)
{
	u32 key = 0;
	void *count = bpf_map_lookup_elem(&counts, &key);

	if (count && !bpf_res_spin_lock(count)) //~ ERROR BV2201
		bpf_res_spin_unlock(count);
	return 0;
}

LICENSE("GPL");
