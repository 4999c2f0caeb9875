// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];

	bpf_rcu_read_lock(); //~ NOTE
	if (task->real_parent->pid == 1) //~ NOTE
		return 0; //~ ERROR BV0503
	bpf_rcu_read_unlock();
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	int pid;

	bpf_rcu_read_lock();
	pid = task->real_parent->pid;
	bpf_rcu_read_unlock();
	return pid == 1;
}

LICENSE("GPL");
