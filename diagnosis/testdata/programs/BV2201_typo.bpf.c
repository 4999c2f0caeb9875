// SPDX-License-Identifier: MIT
#include "bpf.h"

extern struct task_struct *bpf_task_aquire(struct task_struct *p) __ksym;

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct *task = bpf_task_aquire((void *)ctx[0]); //~ ERROR BV2201

	if (task)
		bpf_task_release(task);
	return 0;
}

LICENSE("GPL");
