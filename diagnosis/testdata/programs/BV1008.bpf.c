// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u64);
} events SEC(".maps");

SEC("xdp")
int refused(void *ctx)
{
	u64 v = bpf_ktime_get_ns();

	bpf_ringbuf_output(&events, &v, sizeof(v), 0); //~ ERROR BV1008
	return XDP_PASS;
}

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

SEC("xdp")
int repaired(void *ctx)
{
	u64 v = bpf_ktime_get_ns();

	bpf_ringbuf_output(&ring, &v, sizeof(v), 0);
	return XDP_PASS;
}

LICENSE("GPL");
