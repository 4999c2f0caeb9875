//go:build ignore

// SPDX-License-Identifier: MIT
/* A histogram: find the bucket of a value in a loop that the verifier sees end. */
#include "bpf.h"

#define BUCKETS 32

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64[BUCKETS]);
} histogram SEC(".maps");

static __noinline u32 bucket(u64 value)
{
	u32 i;

	for (i = 0; i < BUCKETS - 1 && value > 1; i++)
		value >>= 1;
	return i;
}

SEC("tracepoint/sched/sched_switch")
int record(void *ctx)
{
	u64 *slots, value = bpf_ktime_get_ns() & 0xffffff;
	u32 zero = 0, at;

	slots = bpf_map_lookup_elem(&histogram, &zero);
	if (!slots)
		return 0;
	at = bucket(value);
	if (at < BUCKETS)
		slots[at]++;
	return 0;
}

/* Sum all buckets, to show what a loop costs the verifier. */
SEC("tracepoint/sched/sched_wakeup")
int total(void *ctx)
{
	u64 *slots, sum = 0;
	u32 zero = 0;

	slots = bpf_map_lookup_elem(&histogram, &zero);
	if (!slots)
		return 0;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < BUCKETS; i++)
		sum += slots[i];
	return sum != 0;
}

LICENSE("GPL");
