//go:build ignore

// SPDX-License-Identifier: MIT
/* A queue of referenced kernel objects in nodes of our own, as a queueing discipline keeps packets. */
#include "ownership.h"

struct task_struct {
	s32 pid;
} __attribute__((preserve_access_index));

extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;

struct entry {
	struct bpf_list_node link;
	struct task_struct __kptr *task;
};

private(Q) struct bpf_spin_lock lock;
private(Q) struct bpf_list_head queue __contains(entry, link);

SEC("syscall")
int enqueue(void *ctx)
{
	struct task_struct *task = bpf_task_from_pid(1), *old;
	struct entry *e;

	if (!task)
		return 1;
	e = bpf_obj_new(struct entry);
	if (!e) {
		bpf_task_release(task);
		return 1;
	}
	old = bpf_kptr_xchg(&e->task, task);
	if (old)
		bpf_task_release(old);
	bpf_spin_lock(&lock);
	bpf_list_push_back(&queue, &e->link);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int dequeue(void *ctx)
{
	struct bpf_list_node *link;
	struct task_struct *task;
	struct entry *e;
	int pid = 0;

	bpf_spin_lock(&lock);
	link = bpf_list_pop_front(&queue);
	bpf_spin_unlock(&lock);
	if (!link)
		return 0;
	e = container_of(link, struct entry, link);
	task = bpf_kptr_xchg(&e->task, NULL);
	bpf_obj_drop(e);
	if (task) {
		pid = task->pid;
		bpf_task_release(task);
	}
	return pid < 0;
}

/* Refused: the entry is freed, and with it goes only what it still holds. */
SEC("syscall")
int dequeue_leak(void *ctx)
{
	struct bpf_list_node *link;
	struct task_struct *task;
	struct entry *e;

	bpf_spin_lock(&lock);
	link = bpf_list_pop_front(&queue);
	bpf_spin_unlock(&lock);
	if (!link)
		return 0;
	e = container_of(link, struct entry, link);
	task = bpf_kptr_xchg(&e->task, NULL);
	bpf_obj_drop(e);
	return task ? task->pid < 0 : 0;
}

LICENSE("GPL");
