// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

SEC("kprobe/vfs_unlink")
int refused(void *ctx)
{
	u64 v = bpf_ktime_get_ns(); //~ NOTE

	bpf_perf_event_output(&v, &events, 0, &v, sizeof(v)); //~ ERROR BV1001
	return 0;
}

SEC("kprobe/vfs_unlink")
int repaired(void *ctx)
{
	u64 v = bpf_ktime_get_ns();

	bpf_perf_event_output(ctx, &events, 0, &v, sizeof(v));
	return 0;
}

LICENSE("GPL");
