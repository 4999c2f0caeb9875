// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct event {
	u64 pid;
	u64 time;
};

SEC("tracepoint/sched/sched_process_exec")
int refused(void *ctx)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(e), 0); //~ NOTE

	if (!e) //~ NOTE
		return 0;
	e->time = bpf_ktime_get_ns(); //~ ERROR BV0101
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("tracepoint/sched/sched_process_exec")
int repaired(void *ctx)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e)
		return 0;
	e->time = bpf_ktime_get_ns();
	bpf_ringbuf_submit(e, 0);
	return 0;
}

LICENSE("GPL");
