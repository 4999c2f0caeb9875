// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/sched_process_execute")
int refused(u64 *ctx) //~ ERROR BV1708
{
	return 0;
}

SEC("tp_btf/sched_process_exec")
int repaired(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
