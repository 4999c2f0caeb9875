//go:build ignore

// SPDX-License-Identifier: MIT
/* Iterators whose elements are references, and sections that must not sleep: proposed rules. */
#include "ownership.h"

extern void bpf_iter_task_vma_release(struct bpf_iter_task_vma *it__iter) __ksym;

static __always_inline void sleeping_read(const void *from)
{
	u64 word;

	bpf_copy_from_user(&word, sizeof(word), from);
}

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
	return start;
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

SEC("syscall")
int release_without_acquire(void *ctx)
{
	struct bpf_iter_task_vma it;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	bpf_iter_task_vma_release(&it);
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

/* The last call found nothing: nothing is held. */
SEC("syscall")
int release_when_drained(void *ctx)
{
	struct bpf_iter_task_vma it;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while (bpf_iter_task_vma_next(&it))
		;
	bpf_iter_task_vma_release(&it);
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

SEC("syscall")
int sleep_when_drained(void *ctx)
{
	struct bpf_iter_task_vma it;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while (bpf_iter_task_vma_next(&it))
		;
	sleeping_read(NULL);
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

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
		bpf_iter_task_vma_release(&inner);
		sleeping_read(NULL);
	}
	bpf_iter_task_vma_destroy(&inner);
	bpf_iter_task_vma_destroy(&outer);
	return 0;
}

SEC("syscall")
int nested_release_both(void *ctx)
{
	struct bpf_iter_task_vma outer, inner;
	struct vm_area_struct *a, *b;

	bpf_iter_task_vma_new(&outer, bpf_get_current_task_btf(), 0);
	bpf_iter_task_vma_new(&inner, bpf_get_current_task_btf(), 0);
	a = bpf_iter_task_vma_next(&outer);
	b = a ? bpf_iter_task_vma_next(&inner) : NULL;
	if (b) {
		bpf_iter_task_vma_release(&inner);
		bpf_iter_task_vma_release(&outer);
		sleeping_read(NULL);
	}
	bpf_iter_task_vma_destroy(&inner);
	bpf_iter_task_vma_destroy(&outer);
	return 0;
}

/* The next call lets the element before go, and destroying the last one. */
SEC("syscall")
int used_after_next(void *ctx)
{
	struct vm_area_struct *first;
	struct bpf_iter_task_vma it;
	u64 start = 0;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	first = bpf_iter_task_vma_next(&it);
	if (first) {
		bpf_iter_task_vma_next(&it);
		start = *(volatile unsigned long *)&first->vm_start;
	}
	bpf_iter_task_vma_destroy(&it);
	return start;
}

SEC("syscall")
int used_after_destroy(void *ctx)
{
	struct vm_area_struct *first;
	struct bpf_iter_task_vma it;
	u64 start = 0;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	first = bpf_iter_task_vma_next(&it);
	if (!first) {
		bpf_iter_task_vma_destroy(&it);
		return 0;
	}
	bpf_iter_task_vma_destroy(&it);
	start = *(volatile unsigned long *)&first->vm_start;
	return start;
}

/* Destroying an iterator whose element is held, and one that never had any. */
SEC("syscall")
int left_early(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;
	u64 start = 0;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	while ((vma = bpf_iter_task_vma_next(&it)))
		if ((start = vma->vm_start))
			break;
	bpf_iter_task_vma_destroy(&it);
	sleeping_read((void *)start);
	return 0;
}

/* The argument is the iterator, on the stack and constructed. */
SEC("syscall")
int release_of_nothing(void *ctx)
{
	struct bpf_iter_task_vma it = {};

	bpf_iter_task_vma_release(&it);
	return 0;
}

SEC("syscall")
int release_of_the_element(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *vma;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	vma = bpf_iter_task_vma_next(&it);
	if (vma)
		bpf_iter_task_vma_release((void *)vma);
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

SEC("syscall")
int global_sleeper_held(void *ctx);

__noinline int global_sleeper(int x)
{
	sleeping_read(NULL);
	return x;
}

int global_sleeper_held(void *ctx)
{
	struct bpf_iter_task_vma it;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	if (bpf_iter_task_vma_next(&it))
		global_sleeper(1);
	bpf_iter_task_vma_destroy(&it);
	return 0;
}

LICENSE("GPL");
