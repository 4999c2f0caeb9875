// SPDX-License-Identifier: MIT
#include "bpf.h"

char name[16];

SEC("tracepoint/sched/sched_process_exec")
int refused(void *ctx)
{
	bpf_probe_read_kernel(name, sizeof(name), ctx); //~ ERROR BV1603
	return 0;
}

SEC("tracepoint/sched/sched_process_exec")
int repaired(void *ctx)
{
	bpf_get_smp_processor_id();
	return 0;
}

LICENSE("Proprietary");
