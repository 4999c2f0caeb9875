// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];

	if (task->pid > 1) //~ NOTE
		bpf_rcu_read_lock();
	bpf_rcu_read_unlock(); //~ ERROR BV0501
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	return 0;
}

LICENSE("GPL");
