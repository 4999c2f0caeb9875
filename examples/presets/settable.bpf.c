//go:build ignore

// SPDX-License-Identifier: MIT
/* A program that is not finished when it is compiled: its loader sets constants, and much depends on them. */
#include "../bpf.h"

enum mode { MODE_OFF, MODE_COUNT, MODE_SUM = 7 };

struct limits {
	u32 rounds;
	union {
		u8 first;
		struct {
			u8 low;
			bool strict;
		};
	};
	unsigned int packed : 4;
	s32 bias[3];
};

const volatile bool debug;
const volatile enum mode mode;
const volatile struct limits limits[2];
static const volatile signed char step = 1;
const volatile u64 mask;
u64 seen;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64[64]);
} slots SEC(".maps");

SEC("tracepoint/sched/sched_switch")
int walk(void *ctx)
{
	u32 zero = 0;
	u64 *v, sum = 0;

	v = bpf_map_lookup_elem(&slots, &zero);
	if (!v)
		return 0;
	if (debug)
		seen++;
	switch (mode) {
	case MODE_OFF:
		break;
	case MODE_COUNT:
		v[0]++;
		break;
	case MODE_SUM:
#pragma clang loop unroll(disable)
		for (u32 i = 0; i < limits[1].rounds; i++)
			sum += v[(i + step) & 63];
		v[0] = sum + limits[0].bias[2];
		break;
	}
	if (limits[1].strict)
		v[mask] = 1; /* refused where mask is beyond the array */
	return 0;
}

SEC("tracepoint/sched/sched_wakeup")
int plain(void *ctx)
{
	seen += 2;
	return 0;
}

LICENSE("GPL");
