// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	struct cgroup *cgrp = bpf_cgroup_from_id(1); //~ NOTE

	if (!cgrp) //~ NOTE
		return 0;
	bpf_task_release((void *)cgrp); //~ ERROR BV1005
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	struct cgroup *cgrp = bpf_cgroup_from_id(1);

	if (!cgrp)
		return 0;
	bpf_cgroup_release(cgrp);
	return 0;
}

LICENSE("GPL");
