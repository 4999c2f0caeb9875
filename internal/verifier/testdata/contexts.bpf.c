//go:build ignore

// SPDX-License-Identifier: MIT
/* RCU, preemption and interrupt sections, and iterators. */
#include "ownership.h"

SEC("syscall")
int exit_in_rcu(void *ctx)
{
	bpf_rcu_read_lock();
	return 0;
}

SEC("syscall")
int exit_in_preempt(void *ctx)
{
	bpf_preempt_disable();
	return 0;
}

SEC("syscall")
int exit_in_irq(void *ctx)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	return 0;
}

SEC("syscall")
int rcu_unlock_unmatched(void *ctx)
{
	bpf_rcu_read_unlock();
	return 0;
}

SEC("syscall")
int rcu_nested(void *ctx)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	bpf_rcu_read_unlock();
	return 0;
}

SEC("syscall")
int preempt_enable_unmatched(void *ctx)
{
	bpf_preempt_enable();
	return 0;
}

SEC("syscall")
int irq_out_of_order(void *ctx)
{
	unsigned long a, b;

	bpf_local_irq_save(&a);
	bpf_local_irq_save(&b);
	bpf_local_irq_restore(&a);
	bpf_local_irq_restore(&b);
	return 0;
}

SEC("syscall")
int irq_restore_twice(void *ctx)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_local_irq_restore(&flags);
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("syscall")
int irq_save_twice(void *ctx)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_local_irq_save(&flags);
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("syscall")
int sleep_in_rcu(void *ctx)
{
	u64 buf;

	bpf_rcu_read_lock();
	bpf_copy_from_user(&buf, sizeof(buf), NULL);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("syscall")
int sleep_in_preempt(void *ctx)
{
	u64 buf;

	bpf_preempt_disable();
	bpf_copy_from_user(&buf, sizeof(buf), NULL);
	bpf_preempt_enable();
	return 0;
}

SEC("syscall")
int sleep_in_irq(void *ctx)
{
	unsigned long flags;
	u64 buf;

	bpf_local_irq_save(&flags);
	bpf_copy_from_user(&buf, sizeof(buf), NULL);
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("raw_tp/sys_enter")
int sleep_in_plain_prog(void *ctx)
{
	u64 buf;

	bpf_copy_from_user(&buf, sizeof(buf), NULL);
	return 0;
}

extern int bpf_copy_from_user_str(void *dst, u32 dst__sz, const void *unsafe_ptr__ign, u64 flags) __ksym;

SEC("raw_tp/sys_enter")
int kfunc_sleeps_in_plain_prog(void *ctx)
{
	u64 buf;

	bpf_copy_from_user_str(&buf, sizeof(buf), NULL, 0);
	return 0;
}

SEC("syscall")
int kfunc_sleeps_in_rcu(void *ctx)
{
	u64 buf;

	bpf_rcu_read_lock();
	bpf_copy_from_user_str(&buf, sizeof(buf), NULL, 0);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("syscall")
int kfunc_sleeps_in_preempt(void *ctx)
{
	u64 buf;

	bpf_preempt_disable();
	bpf_copy_from_user_str(&buf, sizeof(buf), NULL, 0);
	bpf_preempt_enable();
	return 0;
}

SEC("syscall")
int kfunc_sleeps_in_irq(void *ctx)
{
	unsigned long flags;
	u64 buf;

	bpf_local_irq_save(&flags);
	bpf_copy_from_user_str(&buf, sizeof(buf), NULL, 0);
	bpf_local_irq_restore(&flags);
	return 0;
}

__noinline int global_sleeper(int x)
{
	u64 buf;

	bpf_copy_from_user(&buf, sizeof(buf), NULL);
	return x;
}

SEC("syscall")
int global_sleeps_in_rcu(void *ctx)
{
	bpf_rcu_read_lock();
	global_sleeper(1);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("raw_tp/sys_enter")
int global_sleeps_in_plain_prog(void *ctx)
{
	return global_sleeper(1);
}

SEC("syscall")
int task_iter_without_rcu(void *ctx)
{
	struct bpf_iter_task it;

	bpf_iter_task_new(&it, NULL, 0);
	bpf_iter_task_next(&it);
	bpf_iter_task_destroy(&it);
	return 0;
}

SEC("syscall")
int task_iter_in_rcu(void *ctx)
{
	struct bpf_iter_task it;
	struct task_struct *t;
	int sum = 0;

	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, NULL, 0);
	while ((t = bpf_iter_task_next(&it)))
		sum += t->pid;
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	return sum;
}

SEC("syscall")
int task_iter_after_rcu(void *ctx)
{
	struct bpf_iter_task it;

	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, NULL, 0);
	bpf_rcu_read_unlock();
	bpf_iter_task_next(&it);
	bpf_iter_task_destroy(&it);
	return 0;
}

/* The element of a VMA iterator: a snapshot, which nothing protects any longer. */
SEC("syscall")
int vma_sleep_in_loop(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	u64 buf;

	bpf_iter_task_vma_new(&it, task, 0);
	while ((vma = bpf_iter_task_vma_next(&it)))
		bpf_copy_from_user(&buf, sizeof(buf), (void *)vma->vm_start);
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

SEC("syscall")
int vma_used_after_next(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vm_area_struct *first;
	struct bpf_iter_task_vma it;
	u64 start = 0;

	bpf_iter_task_vma_new(&it, task, 0);
	first = bpf_iter_task_vma_next(&it);
	bpf_iter_task_vma_next(&it);
	if (first)
		start = first->vm_start;
	bpf_iter_task_vma_destroy(&it);
	return start;
}

SEC("syscall")
int vma_used_after_destroy(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct vm_area_struct *first;
	struct bpf_iter_task_vma it;

	bpf_iter_task_vma_new(&it, task, 0);
	first = bpf_iter_task_vma_next(&it);
	bpf_iter_task_vma_destroy(&it);
	return first ? first->vm_start : 0;
}

SEC("syscall")
int vma_nested(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bpf_iter_task_vma outer, inner;
	struct vm_area_struct *a, *b;
	u64 buf;

	bpf_iter_task_vma_new(&outer, task, 0);
	while ((a = bpf_iter_task_vma_next(&outer))) {
		bpf_iter_task_vma_new(&inner, task, 0);
		while ((b = bpf_iter_task_vma_next(&inner)))
			bpf_copy_from_user(&buf, sizeof(buf), (void *)b->vm_start);
		bpf_iter_task_vma_destroy(&inner);
	}
	bpf_iter_task_vma_destroy(&outer);
	return 0;
}

SEC("syscall")
int vma_break(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	u64 start = 0;

	bpf_iter_task_vma_new(&it, task, 0);
	while ((vma = bpf_iter_task_vma_next(&it)))
		if ((start = vma->vm_start))
			break;
	bpf_iter_task_vma_destroy(&it);
	return start;
}

SEC("syscall")
int iter_next_uninitialized(void *ctx)
{
	struct bpf_iter_task_vma it = {};

	bpf_iter_task_vma_next(&it);
	return 0;
}

SEC("syscall")
int iter_destroyed_twice(void *ctx)
{
	struct bpf_iter_task_vma it;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	bpf_iter_task_vma_destroy(&it);
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

SEC("syscall")
int iter_new_twice(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 1);
	bpf_iter_num_new(&it, 0, 1);
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("syscall")
int iter_not_destroyed(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 1);
	return 0;
}

SEC("syscall")
int iter_overwritten(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 1);
	*(volatile u64 *)&it = 0;
	bpf_iter_num_next(&it);
	bpf_iter_num_destroy(&it);
	return 0;
}

LICENSE("GPL");
