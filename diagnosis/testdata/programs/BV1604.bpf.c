// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("socket")
int refused(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1); //~ ERROR BV1604

	if (task)
		bpf_task_release(task);
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1);

	if (task)
		bpf_task_release(task);
	return 0;
}

LICENSE("GPL");
