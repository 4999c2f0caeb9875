//go:build ignore

// SPDX-License-Identifier: MIT
/*
 * Walk a task's memory areas and read from each between giving it back and asking for the next one.
 * bpf_iter_task_vma_release is proposed: iter-acquire, forbid-sleep and task-vma-split.
 */
#include "ownership.h"

struct task_struct {
	s32 pid;
} __attribute__((preserve_access_index));

struct vm_area_struct {
	unsigned long vm_start;
} __attribute__((preserve_access_index));

struct bpf_iter_task_vma { u64 __opaque[1]; } __attribute__((aligned(8)));

static struct task_struct *(*const bpf_get_current_task_btf)(void) = (void *)158;

extern int bpf_iter_task_vma_new(struct bpf_iter_task_vma *it, struct task_struct *task, u64 addr) __ksym;
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it) __ksym;
extern void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *it) __ksym;
extern void bpf_iter_task_vma_release(struct bpf_iter_task_vma *it__iter) __ksym;

static __always_inline void sleeping_read(const void *from)
{
	u64 word;

	bpf_copy_from_user(&word, sizeof(word), from);
}

SEC("syscall")
int release_then_sleep(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it))) {
		void *start = (void *)vma->vm_start;

		bpf_iter_task_vma_release(&it);
		sleeping_read(start);
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/* Refused: the area is held while we sleep. */
SEC("syscall")
int sleep_without_release(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it)))
		sleeping_read((void *)vma->vm_start);
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/* Refused: the area is gone. */
SEC("syscall")
int access_after_release(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	u64 start = 0;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	vma = bpf_iter_task_vma_next(&it);
	if (vma) {
		bpf_iter_task_vma_release(&it);
		start = vma->vm_start;
	}
	bpf_iter_task_vma_destroy(&it);
	return start != 0;
}

/* Refused: there is nothing left to release. */
SEC("syscall")
int double_release(void *ctx)
{
	struct bpf_iter_task_vma it;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	if (bpf_iter_task_vma_next(&it)) {
		bpf_iter_task_vma_release(&it);
		bpf_iter_task_vma_release(&it);
	}
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/* Refused: nothing was handed out yet. */
SEC("syscall")
int release_without_next(void *ctx)
{
	struct bpf_iter_task_vma it;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	bpf_iter_task_vma_release(&it);
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/* Refused: the inner area is given back, the outer one is still held. */
SEC("syscall")
int nested_release_inner(void *ctx)
{
	struct bpf_iter_task_vma outer, inner;
	struct vm_area_struct *a, *b;

	bpf_iter_task_vma_new(&outer, bpf_get_current_task_btf(), 0);
	bpf_iter_task_vma_new(&inner, bpf_get_current_task_btf(), 0);
	a = bpf_iter_task_vma_next(&outer);
	b = a ? bpf_iter_task_vma_next(&inner) : NULL;
	if (b) {
		void *start = (void *)b->vm_start;

		bpf_iter_task_vma_release(&inner);
		sleeping_read(start);
	}
	bpf_iter_task_vma_destroy(&inner);
	bpf_iter_task_vma_destroy(&outer);
	return 0;
}

LICENSE("GPL");
