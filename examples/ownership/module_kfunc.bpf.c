//go:build ignore

// SPDX-License-Identifier: MIT
/*
 * Kfuncs of a module that isn't merged yet, called under a lock: module_kfunc.yaml describes them, and
 * kfunc-spinlock-safe decides by the flag.
 */
#include "ownership.h"

struct value {
	struct bpf_spin_lock lock;
	u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct value);
} values SEC(".maps");

extern u64 example_count(u64 start) __ksym;
extern u64 example_count_slowly(u64 start) __ksym;

SEC("syscall")
int marked(void *ctx)
{
	u32 zero = 0;
	struct value *v = bpf_map_lookup_elem(&values, &zero);

	if (!v)
		return 0;
	bpf_spin_lock(&v->lock);
	v->count = example_count(v->count);
	bpf_spin_unlock(&v->lock);
	return 0;
}

/* Refused: its twin isn't marked as safe under a lock. */
SEC("syscall")
int unmarked(void *ctx)
{
	u32 zero = 0;
	struct value *v = bpf_map_lookup_elem(&values, &zero);

	if (!v)
		return 0;
	bpf_spin_lock(&v->lock);
	v->count = example_count_slowly(v->count);
	bpf_spin_unlock(&v->lock);
	return 0;
}

LICENSE("GPL");
