// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0]; //~ NOTE

	task->exit_code = 1; //~ ERROR BV1504
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];

	return task->exit_code;
}

LICENSE("GPL");
