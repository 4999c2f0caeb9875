// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0]; //~ NOTE

	return task->pid; //~ ERROR BV1507
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	barrier_var(ctx);
	return 0;
}

LICENSE("Proprietary");
