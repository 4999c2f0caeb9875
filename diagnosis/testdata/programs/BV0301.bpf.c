// SPDX-License-Identifier: MIT
#include "bpf.h"

struct event {
	u64 pid;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("tracepoint/sched/sched_process_exec")
int refused(void *ctx)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); //~ NOTE

	if (!e)
		return 0;
	e->pid = bpf_get_current_pid_tgid();
	if (e->pid >> 32 == 1) //~ NOTE
		return 0; //~ ERROR BV0301
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("tracepoint/sched/sched_process_exec")
int repaired(void *ctx)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e)
		return 0;
	e->pid = bpf_get_current_pid_tgid();
	if (e->pid >> 32 == 1) {
		bpf_ringbuf_discard(e, 0);
		return 0;
	}
	bpf_ringbuf_submit(e, 0);
	return 0;
}

LICENSE("GPL");
