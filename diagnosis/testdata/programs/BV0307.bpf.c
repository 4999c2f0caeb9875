// SPDX-License-Identifier: MIT
#include "bpf.h"

struct entry {
	struct task_struct __kptr *task;
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
	struct entry *e = bpf_map_lookup_elem(&entries, &key); //~ NOTE

	if (e)
		e->task = (void *)ctx[0]; //~ ERROR BV0307
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	u32 key = 0;
	struct entry *e = bpf_map_lookup_elem(&entries, &key);
	struct task_struct *task;

	if (!e)
		return 0;
	task = bpf_task_acquire((void *)ctx[0]);
	if (!task)
		return 0;
	task = bpf_kptr_xchg(&e->task, task);
	if (task)
		bpf_task_release(task);
	return 0;
}

LICENSE("GPL");
