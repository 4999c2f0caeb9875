//go:build ignore

// SPDX-License-Identifier: MIT
/* bpf_kptr_xchg into objects of the program and into map values. */
#include "ownership.h"

/* Accepted where local objects are: payload into node, node into a map. */
SEC("syscall")
int into_local(void *ctx)
{
	struct stash *s = value_of(&slots);
	struct twig *n;
	struct payload *p;

	if (!s)
		return 0;
	n = bpf_obj_new(struct twig);
	if (!n)
		return 0;
	p = bpf_obj_new(struct payload);
	if (!p)
		goto out;
	p = bpf_kptr_xchg(&n->payload, p);
	if (p)
		bpf_obj_drop(p);
	n = bpf_kptr_xchg(&s->node, n);
	if (!n)
		return 0;
out:
	bpf_obj_drop(n);
	return 0;
}

SEC("syscall")
int out_of_local(void *ctx)
{
	struct stash *s = value_of(&slots);
	struct twig *n;
	struct payload *p;
	u64 value = 0;

	if (!s)
		return 0;
	n = bpf_kptr_xchg(&s->node, NULL);
	if (!n)
		return 1;
	p = bpf_kptr_xchg(&n->payload, NULL);
	if (p) {
		value = p->value;
		bpf_obj_drop(p);
	}
	bpf_obj_drop(n);
	return value;
}

SEC("syscall")
int dest_scalar(void *ctx)
{
	bpf_kptr_xchg((void *)8, NULL);
	return 0;
}

SEC("syscall")
int dest_stack(void *ctx)
{
	u64 buf = 0;

	bpf_kptr_xchg(&buf, NULL);
	return 0;
}

SEC("syscall")
int dest_without_kptr(void *ctx)
{
	struct payload *p = bpf_obj_new(struct payload);

	if (!p)
		return 0;
	bpf_kptr_xchg(p, NULL);
	bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int dest_map_without_kptr(void *ctx)
{
	struct plain *p = value_of(&plains);

	if (p)
		bpf_kptr_xchg(p, NULL);
	return 0;
}

SEC("syscall")
int dest_beside_kptr(void *ctx)
{
	struct twig *n = bpf_obj_new(struct twig);

	if (!n)
		return 0;
	bpf_kptr_xchg(&n->key, NULL);
	bpf_obj_drop(n);
	return 0;
}

SEC("syscall")
int dest_unreferenced(void *ctx)
{
	struct stash *s = value_of(&slots);

	if (s)
		bpf_kptr_xchg(&s->task, NULL);
	return 0;
}

SEC("syscall")
int dest_variable(void *ctx)
{
	struct stash *s = value_of(&slots);
	u64 off = *(u64 *)ctx & 8;

	if (!s)
		return 0;
	keep(off);
	bpf_kptr_xchg((void *)s + off, NULL);
	return 0;
}

SEC("syscall")
int wrong_type(void *ctx)
{
	struct twig *n = bpf_obj_new(struct twig);
	struct other *o;

	if (!n)
		return 0;
	o = bpf_obj_new(struct other);
	if (!o)
		goto out;
	o = bpf_kptr_xchg(&n->payload, o);
	if (o)
		bpf_obj_drop(o);
out:
	bpf_obj_drop(n);
	return 0;
}

SEC("syscall")
int not_owned(void *ctx)
{
	struct stash *s = value_of(&slots);

	if (s)
		bpf_kptr_xchg(&s->owned_task, bpf_get_current_task_btf());
	return 0;
}

SEC("syscall")
int merely_loaded(void *ctx)
{
	struct twig *n = bpf_obj_new(struct twig);
	struct stash *s = value_of(&slots);
	struct payload *p;

	if (!n)
		return 0;
	if (!s)
		goto out;
	bpf_rcu_read_lock();
	p = s->payload;
	if (p)
		bpf_kptr_xchg(&n->payload, p);
	bpf_rcu_read_unlock();
out:
	bpf_obj_drop(n);
	return 0;
}

SEC("syscall")
int load_local_kptr(void *ctx)
{
	struct twig *n = bpf_obj_new(struct twig);
	u64 value;

	if (!n)
		return 0;
	value = *(volatile u64 *)&n->payload;
	bpf_obj_drop(n);
	return value;
}

SEC("syscall")
int store_map_kptr(void *ctx)
{
	struct stash *s = value_of(&slots);

	if (s)
		*(volatile u64 *)&s->payload = 0;
	return 0;
}

SEC("syscall")
int use_after_swap(void *ctx)
{
	struct stash *s = value_of(&slots);
	struct payload *p, *old;
	u64 value;

	if (!s)
		return 0;
	p = bpf_obj_new(struct payload);
	if (!p)
		return 0;
	old = bpf_kptr_xchg(&s->payload, p);
	value = *(volatile u64 *)&p->value;
	if (old)
		bpf_obj_drop(old);
	return value;
}

SEC("syscall")
int drop_after_swap(void *ctx)
{
	struct stash *s = value_of(&slots);
	struct payload *p, *old;

	if (!s)
		return 0;
	p = bpf_obj_new(struct payload);
	if (!p)
		return 0;
	old = bpf_kptr_xchg(&s->payload, p);
	bpf_obj_drop(p);
	if (old)
		bpf_obj_drop(old);
	return 0;
}

SEC("syscall")
int drop_unchecked(void *ctx)
{
	struct stash *s = value_of(&slots);

	if (s)
		bpf_obj_drop(bpf_kptr_xchg(&s->payload, NULL));
	return 0;
}

SEC("syscall")
int forgotten(void *ctx)
{
	struct stash *s = value_of(&slots);

	if (s)
		bpf_kptr_xchg(&s->payload, NULL);
	return 0;
}

SEC("syscall")
int drop_member(void *ctx)
{
	struct twig *n = bpf_obj_new(struct twig);

	if (n)
		bpf_obj_drop((void *)&n->key);
	return 0;
}

SEC("syscall")
int unchecked_source(void *ctx)
{
	struct stash *s = value_of(&slots);
	struct payload *p;

	if (!s)
		return 0;
	p = bpf_kptr_xchg(&s->payload, NULL);
	p = bpf_kptr_xchg(&s->payload, p);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

/* Contexts that forbid sleeping, but not the exchange. */
SEC("syscall")
int under_rcu(void *ctx)
{
	struct stash *s = value_of(&slots);
	struct payload *p;

	if (!s)
		return 0;
	bpf_rcu_read_lock();
	p = bpf_kptr_xchg(&s->payload, NULL);
	bpf_rcu_read_unlock();
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int without_preemption(void *ctx)
{
	struct stash *s = value_of(&slots);
	struct payload *p;

	if (!s)
		return 0;
	bpf_preempt_disable();
	p = bpf_kptr_xchg(&s->payload, NULL);
	bpf_preempt_enable();
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int without_irqs(void *ctx)
{
	struct stash *s = value_of(&slots);
	struct payload *p;
	unsigned long flags;

	if (!s)
		return 0;
	bpf_local_irq_save(&flags);
	p = bpf_kptr_xchg(&s->payload, NULL);
	bpf_local_irq_restore(&flags);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

LICENSE("GPL");
