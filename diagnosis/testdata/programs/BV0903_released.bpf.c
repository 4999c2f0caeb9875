// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1); //~ NOTE

	if (!task) //~ NOTE
		return 0;
	bpf_task_release(task); //~ NOTE
	return task->pid; //~ ERROR BV0903
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1);
	int pid;

	if (!task)
		return 0;
	pid = task->pid;
	bpf_task_release(task);
	return pid;
}

LICENSE("GPL");
