// SPDX-License-Identifier: MIT
#include "bpf.h"

struct mm_struct___mine {
	int passengers;
} __core;

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct mm_struct___mine *mm = (void *)task->mm;

	return mm->passengers; //~ ERROR BV2301
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];

	return task->mm->total_vm & 1;
}

LICENSE("GPL");
