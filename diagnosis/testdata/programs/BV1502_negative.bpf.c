// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tracepoint/sched/sched_process_exec")
int refused(void *ctx)
{
	u64 *before = ctx - 8; //~ NOTE

	barrier_var(before);
	return before[0] & 1; //~ ERROR BV1502
}

SEC("tracepoint/sched/sched_process_exec")
int repaired(u64 *ctx)
{
	return ctx[1] & 1;
}

LICENSE("GPL");
