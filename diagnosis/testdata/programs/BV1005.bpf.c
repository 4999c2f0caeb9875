// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0]; //~ NOTE
	struct cgroup *cgrp = bpf_cgroup_ancestor((void *)task, 1); //~ ERROR BV1005

	if (cgrp)
		bpf_cgroup_release(cgrp);
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct cgroup *cgrp;

	bpf_rcu_read_lock();
	cgrp = bpf_cgroup_ancestor(task->cgroups->dfl_cgrp, 1);
	bpf_rcu_read_unlock();
	if (cgrp)
		bpf_cgroup_release(cgrp);
	return 0;
}

LICENSE("GPL");
