//go:build ignore

// SPDX-License-Identifier: MIT
/* Exchange in a map's value under a resilient lock, which may fail: wants kptr-xchg-locked. */
#include "ownership.h"

struct payload {
	u64 value;
};

struct res_slot {
	struct bpf_res_spin_lock lock;
	struct payload __kptr *payload;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct res_slot);
} res_slots SEC(".maps");

SEC("syscall")
int resilient_lock(void *ctx)
{
	struct res_slot *s;
	struct payload *p;
	u32 zero = 0;

	s = bpf_map_lookup_elem(&res_slots, &zero);
	if (!s)
		return 0;
	p = bpf_obj_new(struct payload);
	if (!p)
		return 1;
	if (bpf_res_spin_lock(&s->lock)) {
		bpf_obj_drop(p);
		return 1;
	}
	p = bpf_kptr_xchg(&s->payload, p);
	bpf_res_spin_unlock(&s->lock);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

LICENSE("GPL");
