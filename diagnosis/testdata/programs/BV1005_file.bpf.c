// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("lsm/file_open")
int refused(u64 *ctx)
{
	struct file *file = (void *)ctx[0]; //~ NOTE

	bpf_cpumask_first((void *)file); //~ ERROR BV1005
	return 0;
}

SEC("lsm/file_open")
int repaired(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();

	bpf_cpumask_first(task->cpus_ptr);
	return 0;
}

LICENSE("GPL");
