//go:build ignore

// SPDX-License-Identifier: MIT
/* Objects that own others: plain ones, trees with their lock, kernel objects, memory per CPU. */
#include "ownership.h"

extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern void *bpf_percpu_obj_new_impl(u64 local_type_id, void *meta) __ksym;
extern void bpf_percpu_obj_drop_impl(void *kptr, void *meta) __ksym;

struct grove {
	struct bpf_spin_lock lock;
	struct bpf_rb_root root __contains(twig, rb);
};

struct holder {
	u64 key;
	struct task_struct __kptr *task;
	struct payload __kptr *first;
	struct payload __kptr *second;
};

struct shelf {
	struct payload __kptr *plain;
	struct grove __kptr *grove;
	struct holder __kptr *holder;
	struct twin __kptr *shared;
	struct payload __tag("percpu_kptr") *percpu;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct shelf);
} shelves SEC(".maps");

struct grove *full_grove;
struct holder *full_holder;

SEC("syscall")
int stash_plain(void *ctx)
{
	struct shelf *s = value_of(&shelves);
	struct payload *p;

	if (!s)
		return 0;
	p = bpf_obj_new(struct payload);
	if (!p)
		return 0;
	p = bpf_kptr_xchg(&s->plain, p);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int stash_with_root(void *ctx)
{
	struct shelf *s = value_of(&shelves);
	struct grove *g;
	struct twig *n;

	if (!s)
		return 0;
	g = bpf_obj_new(struct grove);
	if (!g)
		return 0;
	n = bpf_obj_new(struct twig);
	if (!n) {
		bpf_obj_drop(g);
		return 0;
	}
	bpf_spin_lock(&g->lock);
	bpf_rbtree_add(&g->root, &n->rb, less);
	bpf_spin_unlock(&g->lock);
	g = bpf_kptr_xchg(&s->grove, g);
	if (g)
		bpf_obj_drop(g);
	return 0;
}

/* A kernel object goes into a local one and out again, or goes with it. */
SEC("syscall")
int stash_task(void *ctx)
{
	struct task_struct *task = bpf_task_acquire(bpf_get_current_task_btf()), *old;
	struct holder *h;

	if (!task)
		return 0;
	h = bpf_obj_new(struct holder);
	if (!h) {
		bpf_task_release(task);
		return 0;
	}
	old = bpf_kptr_xchg(&h->task, task);
	if (old)
		bpf_task_release(old);
	task = bpf_kptr_xchg(&h->task, NULL);
	if (task) {
		old = bpf_kptr_xchg(&h->task, task);
		if (old)
			bpf_task_release(old);
	}
	bpf_obj_drop(h);
	return 0;
}

SEC("syscall")
int stash_task_forgotten(void *ctx)
{
	struct task_struct *task = bpf_task_acquire(bpf_get_current_task_btf());
	struct holder *h;

	if (!task)
		return 0;
	h = bpf_obj_new(struct holder);
	if (!h)
		return 0;
	task = bpf_kptr_xchg(&h->task, task);
	if (task)
		bpf_task_release(task);
	bpf_obj_drop(h);
	return 0;
}

SEC("syscall")
int two_kptrs(void *ctx)
{
	struct shelf *s = value_of(&shelves);
	struct payload *a, *b;
	struct holder *h;

	if (!s)
		return 0;
	h = bpf_kptr_xchg(&s->holder, NULL);
	if (!h)
		return 0;
	a = bpf_kptr_xchg(&h->first, NULL);
	b = bpf_kptr_xchg(&h->second, a);
	a = bpf_kptr_xchg(&h->first, b);
	if (a)
		bpf_obj_drop(a);
	bpf_obj_drop(h);
	return 0;
}

SEC("syscall")
int two_kptrs_checked(void *ctx)
{
	struct shelf *s = value_of(&shelves);
	struct payload *a, *b;
	struct holder *h;

	if (!s)
		return 0;
	h = bpf_kptr_xchg(&s->holder, NULL);
	if (!h)
		return 0;
	a = bpf_kptr_xchg(&h->first, NULL);
	if (a) {
		b = bpf_kptr_xchg(&h->second, a);
		if (b)
			bpf_obj_drop(b);
	}
	bpf_obj_drop(h);
	return 0;
}

/* Counting a reference to what a map value holds, without taking it out. */
SEC("syscall")
int acquire_without_unstash(void *ctx)
{
	struct shelf *s = value_of(&shelves);
	struct twin *t;
	u64 key;

	if (!s)
		return 0;
	bpf_rcu_read_lock();
	t = s->shared;
	if (!t) {
		bpf_rcu_read_unlock();
		return 2;
	}
	t = bpf_refcount_acquire(t);
	bpf_rcu_read_unlock();
	if (!t)
		return 3;
	key = t->key;
	bpf_obj_drop(t);
	return key;
}

SEC("syscall")
int acquire_without_check(void *ctx)
{
	struct shelf *s = value_of(&shelves);
	struct twin *t;

	if (!s)
		return 0;
	bpf_rcu_read_lock();
	t = s->shared;
	if (t)
		bpf_obj_drop(bpf_refcount_acquire(t));
	bpf_rcu_read_unlock();
	return 0;
}

SEC("syscall")
int percpu(void *ctx)
{
	struct shelf *s = value_of(&shelves);
	void *p;

	if (!s)
		return 0;
	p = bpf_percpu_obj_new_impl(__builtin_btf_type_id(*(struct payload *)0, 0), NULL);
	if (!p)
		return 0;
	p = bpf_kptr_xchg(&s->percpu, p);
	if (p)
		bpf_percpu_obj_drop_impl(p, NULL);
	return 0;
}

SEC("syscall")
int percpu_dropped_as_plain(void *ctx)
{
	void *p = bpf_percpu_obj_new_impl(__builtin_btf_type_id(*(struct payload *)0, 0), NULL);

	if (p)
		bpf_obj_drop(p);
	return 0;
}

LICENSE("GPL");
