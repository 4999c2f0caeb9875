// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct cgroup *cgrp = task->cgroups->dfl_cgrp; //~ NOTE
	struct bpf_iter_css it;

	bpf_iter_css_new(&it, &cgrp->self, 1); //~ ERROR BV0304
	bpf_iter_css_next(&it);
	bpf_iter_css_destroy(&it);
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	struct cgroup *cgrp = bpf_cgroup_from_id(1);
	struct bpf_iter_css it;

	if (!cgrp)
		return 0;
	bpf_iter_css_new(&it, &cgrp->self, 1);
	bpf_iter_css_next(&it);
	bpf_iter_css_destroy(&it);
	bpf_cgroup_release(cgrp);
	return 0;
}

LICENSE("GPL");
