// SPDX-License-Identifier: MIT
#include "bpf.h"

char name[16];

SEC("tracepoint/sched/sched_process_exec")
int refused(void *ctx)
{
	u32 len = bpf_get_smp_processor_id(); //~ NOTE

	if (len <= sizeof(name))
		bpf_get_current_comm(name, len); //~ ERROR BV0106
	return 0;
}

SEC("tracepoint/sched/sched_process_exec")
int repaired(void *ctx)
{
	u32 len = bpf_get_smp_processor_id();

	if (len - 1 < sizeof(name))
		bpf_get_current_comm(name, sizeof(name));
	return 0;
}

LICENSE("GPL");
