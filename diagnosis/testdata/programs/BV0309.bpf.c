// SPDX-License-Identifier: MIT
#include "bpf.h"

struct entry {
	u64 count;
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
	struct task_struct *task;

	if (!e)
		return 0;
	task = bpf_kptr_xchg(&e->count, NULL); //~ ERROR BV0309
	if (task)
		bpf_task_release(task);
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
	task = bpf_kptr_xchg(&e->task, NULL);
	if (task)
		bpf_task_release(task);
	return 0;
}

LICENSE("GPL");
