//go:build ignore

// SPDX-License-Identifier: MIT
/* Refused: nothing bounds the loop. */
#include "../bpf.h"

SEC("tracepoint/sched/sched_switch")
int spin(void *ctx)
{
	u64 n = 0;

	for (;;) {
		n++;
		asm volatile("" : "+r"(n));
	}
	return 0;
}

/* Refused: the bound is in memory that anybody may change, and the index is not held against the array. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64[8]);
} values SEC(".maps");

SEC("tracepoint/sched/sched_wakeup")
int sum(void *ctx)
{
	u32 zero = 0;
	u64 *v = bpf_map_lookup_elem(&values, &zero), s = 0;

	if (!v)
		return 0;
	for (u64 i = 1; i <= v[0]; i++)
		s += v[i];
	return s != 0;
}

LICENSE("GPL");
