// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u64);
} times SEC(".maps");

SEC("xdp")
int refused(void *ctx)
{
	u64 now = bpf_ktime_get_ns();

	bpf_map_push_elem(&times, &now, 0); //~ ERROR BV1008
	return XDP_PASS;
}

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 8);
	__type(value, u64);
} queue SEC(".maps");

SEC("xdp")
int repaired(void *ctx)
{
	u64 now = bpf_ktime_get_ns();

	bpf_map_push_elem(&queue, &now, 0);
	return XDP_PASS;
}

LICENSE("GPL");
