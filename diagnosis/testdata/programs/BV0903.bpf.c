// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("kprobe/vfs_unlink")
int refused(u64 *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task(); //~ NOTE

	return task->pid; //~ ERROR BV0903
}

SEC("kprobe/vfs_unlink")
int repaired(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->pid;
}

LICENSE("GPL");
