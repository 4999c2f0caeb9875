// SPDX-License-Identifier: MIT
#include "bpf.h"

struct task_struct___mine {
	int birthday;
} __core;

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct___mine *task = (void *)ctx[0];

	return task->birthday; //~ ERROR BV2301
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	struct task_struct___mine *task = (void *)ctx[0];

	if (!bpf_core_field_exists(task->birthday))
		return 0;
	return task->birthday;
}

LICENSE("GPL");
