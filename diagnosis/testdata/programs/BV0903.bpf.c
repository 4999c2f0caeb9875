// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("kprobe/do_unlinkat")
int refused(u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task(); //~ NOTE

	return task->pid; //~ ERROR BV0903
}

SEC("kprobe/do_unlinkat")
int repaired(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->pid;
}

LICENSE("GPL");
