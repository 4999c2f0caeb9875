// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct local = {}; //~ NOTE
	struct task_struct *task = bpf_task_acquire(&local); //~ ERROR BV1102

	if (task)
		bpf_task_release(task);
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	struct task_struct *task = bpf_task_acquire((void *)ctx[0]);

	if (task)
		bpf_task_release(task);
	return 0;
}

LICENSE("GPL");
