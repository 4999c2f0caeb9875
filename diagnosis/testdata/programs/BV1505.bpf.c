// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0]; //~ NOTE

	return *(volatile u32 *)&task->comm[14]; //~ ERROR BV1505
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];

	return *(volatile u32 *)&task->comm[12];
}

LICENSE("GPL");
