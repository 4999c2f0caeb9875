//go:build ignore

// SPDX-License-Identifier: MIT
/* Lists, trees and the locks over them. */
#include "ownership.h"

private(D) struct bpf_spin_lock other_lock;
private(D) struct bpf_rb_root other_root __contains(twig, rb);

SEC("syscall")
int obj_new_locked(void *ctx)
{
	struct payload *p;

	bpf_spin_lock(&lock);
	p = bpf_obj_new(struct payload);
	bpf_spin_unlock(&lock);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int obj_drop_locked(void *ctx)
{
	struct payload *p = bpf_obj_new(struct payload);

	if (!p)
		return 0;
	bpf_spin_lock(&lock);
	bpf_obj_drop(p);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int throw_locked(void *ctx)
{
	bpf_spin_lock(&lock);
	bpf_throw(0);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int rcu_locked(void *ctx)
{
	bpf_spin_lock(&lock);
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int helper_locked(void *ctx)
{
	bpf_spin_lock(&lock);
	bpf_ktime_get_ns();
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int second_lock(void *ctx)
{
	bpf_spin_lock(&lock);
	bpf_spin_lock(&other_lock);
	bpf_spin_unlock(&other_lock);
	bpf_spin_unlock(&lock);
	return 0;
}

__noinline int global_function(int x)
{
	keep(x);
	return x;
}

SEC("syscall")
int global_locked(void *ctx)
{
	bpf_spin_lock(&lock);
	global_function(1);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int loop_locked(void *ctx)
{
	struct bpf_iter_num it;
	int sum = 0, *i;

	bpf_spin_lock(&lock);
	bpf_iter_num_new(&it, 0, 10);
	while ((i = bpf_iter_num_next(&it)))
		sum += *i;
	bpf_iter_num_destroy(&it);
	bpf_spin_unlock(&lock);
	return sum;
}

SEC("syscall")
int acquire_borrowed(void *ctx)
{
	struct twin *copy = NULL;
	struct bpf_rb_node *rb;

	bpf_spin_lock(&shared_lock);
	rb = bpf_rbtree_first(&shared_root);
	if (rb)
		copy = bpf_refcount_acquire(shared_of(rb));
	bpf_spin_unlock(&shared_lock);
	if (copy)
		bpf_obj_drop(copy);
	return 0;
}

SEC("syscall")
int write_borrowed(void *ctx)
{
	struct bpf_rb_node *rb;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	if (rb)
		node_of(rb)->key = 1;
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int read_after_unlock(void *ctx)
{
	struct bpf_rb_node *rb;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	bpf_spin_unlock(&lock);
	return rb ? node_of(rb)->key : 0;
}

SEC("syscall")
int read_refcounted_after_unlock(void *ctx)
{
	struct bpf_rb_node *rb;

	bpf_spin_lock(&shared_lock);
	rb = bpf_rbtree_first(&shared_root);
	bpf_spin_unlock(&shared_lock);
	return rb ? shared_of(rb)->key : 0;
}

SEC("syscall")
int read_after_remove(void *ctx)
{
	struct bpf_rb_node *rb, *out = NULL;
	u64 key = 0;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	if (rb) {
		out = bpf_rbtree_remove(&root, rb);
		key = *(volatile u64 *)&node_of(rb)->key;
	}
	bpf_spin_unlock(&lock);
	if (out)
		bpf_obj_drop(node_of(out));
	return key;
}

SEC("syscall")
int push_twice(void *ctx)
{
	struct bead *i = bpf_obj_new(struct bead);

	if (!i)
		return 0;
	bpf_spin_lock(&list_lock);
	bpf_list_push_back(&list, &i->list);
	bpf_list_push_back(&list, &i->list);
	bpf_spin_unlock(&list_lock);
	return 0;
}

SEC("syscall")
int push_unlocked(void *ctx)
{
	struct bead *i = bpf_obj_new(struct bead);

	if (i)
		bpf_list_push_back(&list, &i->list);
	return 0;
}

SEC("syscall")
int first_unlocked(void *ctx)
{
	return bpf_rbtree_first(&root) != NULL;
}

SEC("syscall")
int first_of_other_lock(void *ctx)
{
	int any;

	bpf_spin_lock(&other_lock);
	any = bpf_rbtree_first(&root) != NULL;
	bpf_spin_unlock(&other_lock);
	return any;
}

SEC("syscall")
int remove_never_added(void *ctx)
{
	struct twig *n = bpf_obj_new(struct twig);
	struct bpf_rb_node *rb;

	if (!n)
		return 0;
	bpf_spin_lock(&lock);
	rb = bpf_rbtree_remove(&root, &n->rb);
	bpf_spin_unlock(&lock);
	if (rb)
		bpf_obj_drop(node_of(rb));
	bpf_obj_drop(n);
	return 0;
}

SEC("syscall")
int remove_unchecked(void *ctx)
{
	struct bpf_rb_node *rb;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	if (!rb) {
		bpf_spin_unlock(&lock);
		return 0;
	}
	rb = bpf_rbtree_remove(&root, rb);
	bpf_spin_unlock(&lock);
	bpf_obj_drop(node_of(rb));
	return 0;
}

SEC("syscall")
int remove_forgotten(void *ctx)
{
	struct bpf_rb_node *rb;

	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	if (rb)
		bpf_rbtree_remove(&root, rb);
	bpf_spin_unlock(&lock);
	return 0;
}

static bool unlocking(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int unlock_in_less(void *ctx)
{
	struct twig *n = bpf_obj_new(struct twig);

	if (!n)
		return 0;
	bpf_spin_lock(&lock);
	bpf_rbtree_add(&root, &n->rb, unlocking);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int add_and_walk(void *ctx)
{
	struct twig *n = bpf_obj_new(struct twig);
	struct bpf_rb_node *rb;
	u64 key = 0;

	if (!n)
		return 0;
	bpf_spin_lock(&lock);
	bpf_rbtree_add(&root, &n->rb, less);
	rb = bpf_rbtree_root(&root);
	if (rb) {
		key = node_of(rb)->key;
		rb = bpf_rbtree_left(&root, rb);
	}
	bpf_spin_unlock(&lock);
	return key;
}

SEC("syscall")
int unlock_other(void *ctx)
{
	bpf_spin_lock(&lock);
	bpf_spin_unlock(&other_lock);
	return 0;
}

SEC("syscall")
int unlock_none(void *ctx)
{
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int exit_locked(void *ctx)
{
	bpf_spin_lock(&lock);
	return 0;
}

SEC("syscall")
int res_unchecked(void *ctx)
{
	struct hardy *r = value_of(&resilients);

	if (!r)
		return 0;
	bpf_res_spin_lock(&r->lock);
	bpf_res_spin_unlock(&r->lock);
	return 0;
}

SEC("syscall")
int res_nested(void *ctx)
{
	struct hardy *r = value_of(&resilients), *s = value_of(&resilients);

	if (!r || !s)
		return 0;
	if (bpf_res_spin_lock(&r->lock))
		return 0;
	if (!bpf_res_spin_lock(&s->lock))
		bpf_res_spin_unlock(&s->lock);
	bpf_res_spin_unlock(&r->lock);
	return 0;
}

SEC("syscall")
int res_out_of_order(void *ctx)
{
	struct hardy *r = value_of(&resilients), *s = value_of(&resilients);

	if (!r || !s)
		return 0;
	if (bpf_res_spin_lock(&r->lock))
		return 0;
	if (bpf_res_spin_lock(&s->lock)) {
		bpf_res_spin_unlock(&r->lock);
		return 0;
	}
	bpf_res_spin_unlock(&r->lock);
	bpf_res_spin_unlock(&s->lock);
	return 0;
}

SEC("syscall")
int res_twice(void *ctx)
{
	struct hardy *r = value_of(&resilients);

	if (!r)
		return 0;
	if (bpf_res_spin_lock(&r->lock))
		return 0;
	if (!bpf_res_spin_lock(&r->lock))
		bpf_res_spin_unlock(&r->lock);
	bpf_res_spin_unlock(&r->lock);
	return 0;
}

SEC("syscall")
int throw_owning(void *ctx)
{
	struct payload *p = bpf_obj_new(struct payload);

	if (!p)
		return 0;
	bpf_throw(0);
	bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int drop_loaded(void *ctx)
{
	struct stash *s = value_of(&slots);
	struct payload *p;

	if (!s)
		return 0;
	bpf_rcu_read_lock();
	p = s->payload;
	if (p)
		bpf_obj_drop(p);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("syscall")
int acquire_loaded(void *ctx)
{
	struct stash *s = value_of(&slots);
	struct twin *p;

	if (!s)
		return 0;
	p = s->shared;
	if (!p)
		return 0;
	p = bpf_refcount_acquire(p);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int acquire_loaded_after_rcu(void *ctx)
{
	struct stash *s = value_of(&slots);
	struct twin *p;

	if (!s)
		return 0;
	bpf_rcu_read_lock();
	p = s->shared;
	if (!p) {
		bpf_rcu_read_unlock();
		return 0;
	}
	bpf_rcu_read_unlock();
	p = bpf_refcount_acquire(p);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int drop_twice(void *ctx)
{
	struct payload *p = bpf_obj_new(struct payload);

	if (!p)
		return 0;
	bpf_obj_drop(p);
	bpf_obj_drop(p);
	return 0;
}

LICENSE("GPL");
