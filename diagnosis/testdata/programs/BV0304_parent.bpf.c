// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0], *parent = task->real_parent; //~ NOTE
	struct bpf_iter_task it;

	bpf_iter_task_new(&it, parent, 1); //~ ERROR BV0304
	bpf_iter_task_next(&it);
	bpf_iter_task_destroy(&it);
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct bpf_iter_task it;

	bpf_iter_task_new(&it, task, 1);
	bpf_iter_task_next(&it);
	bpf_iter_task_destroy(&it);
	return 0;
}

LICENSE("GPL");
