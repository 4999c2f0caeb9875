// SPDX-License-Identifier: MIT
#include "bpf.h"

struct entry {
	struct cgroup __kptr *cgrp;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct entry);
} entries SEC(".maps");

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);
	struct task_struct *task;

	if (!e)
		return 0;
	task = bpf_task_acquire((void *)ctx[0]); //~ NOTE
	if (!task) //~ NOTE
		return 0;
	task = bpf_kptr_xchg(&e->cgrp, task); //~ ERROR BV0308
	if (task)
		bpf_task_release(task);
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);
	struct cgroup *cgrp;

	if (!e)
		return 0;
	cgrp = bpf_cgroup_from_id(1);
	if (!cgrp)
		return 0;
	cgrp = bpf_kptr_xchg(&e->cgrp, cgrp);
	if (cgrp)
		bpf_cgroup_release(cgrp);
	return 0;
}

LICENSE("GPL");
