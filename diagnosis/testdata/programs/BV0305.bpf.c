// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("syscall")
int refused(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct cgroup *cgrp = task->cgroups->dfl_cgrp; //~ NOTE

	cgrp = bpf_cgroup_ancestor(cgrp, 1); //~ ERROR BV0305
	if (cgrp)
		bpf_cgroup_release(cgrp);
	return 0;
}

SEC("syscall")
int repaired(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct cgroup *cgrp;

	bpf_rcu_read_lock();
	cgrp = bpf_cgroup_ancestor(task->cgroups->dfl_cgrp, 1);
	if (cgrp)
		bpf_cgroup_release(cgrp);
	bpf_rcu_read_unlock();
	return 0;
}

LICENSE("GPL");
