// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("syscall")
int refused(void *ctx) //~ NOTE
{
	struct bpf_iter_task it;
	struct task_struct *task;
	int n = 0;

	bpf_iter_task_new(&it, NULL, 0); //~ ERROR BV0504
	while ((task = bpf_iter_task_next(&it)))
		n++;
	bpf_iter_task_destroy(&it);
	return n;
}

SEC("syscall")
int repaired(void *ctx)
{
	struct bpf_iter_task it;
	struct task_struct *task;
	int n = 0;

	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, NULL, 0);
	while ((task = bpf_iter_task_next(&it)))
		n++;
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	return n;
}

LICENSE("GPL");
