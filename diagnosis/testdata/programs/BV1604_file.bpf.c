// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct file *file = bpf_get_task_exe_file((void *)ctx[0]); //~ ERROR BV1604

	if (file)
		bpf_put_file(file);
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];

	return task->pid;
}

LICENSE("GPL");
