//go:build ignore

// SPDX-License-Identifier: MIT
/* Refused: on one path what was reserved is neither submitted nor discarded. */
#include "../bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("tracepoint/sched/sched_process_exec")
int report(void *ctx)
{
	u64 *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e)
		return 0;
	*e = bpf_get_current_pid_tgid();
	if (*e >> 32 == 1)
		return 0;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

LICENSE("GPL");
