//go:build ignore

// SPDX-License-Identifier: MIT
/* bpf_kptr_xchg while a lock is held, and what may not be done with it. */
#include "ownership.h"

/* borrow takes the tree's lock and gives its first node, or NULL after unlocking. */
#define borrow_node(n)                                                                             \
	do {                                                                                       \
		struct bpf_rb_node *rb_;                                                           \
		bpf_spin_lock(&lock);                                                              \
		rb_ = bpf_rbtree_first(&root);                                                     \
		if (!rb_) {                                                                        \
			bpf_spin_unlock(&lock);                                                    \
			return 0;                                                                  \
		}                                                                                  \
		n = node_of(rb_);                                                                  \
	} while (0)

SEC("syscall")
int map_value(void *ctx)
{
	struct locked_slot *s = value_of(&locked_slots);
	struct payload *p;

	if (!s)
		return 0;
	bpf_spin_lock(&s->lock);
	p = bpf_kptr_xchg(&s->payload, NULL);
	bpf_spin_unlock(&s->lock);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int own_lock(void *ctx)
{
	struct vault *l = bpf_obj_new(struct vault);
	struct payload *p;

	if (!l)
		return 0;
	bpf_spin_lock(&l->lock);
	p = bpf_kptr_xchg(&l->payload, NULL);
	bpf_spin_unlock(&l->lock);
	if (p)
		bpf_obj_drop(p);
	bpf_obj_drop(l);
	return 0;
}

SEC("syscall")
int borrowed(void *ctx)
{
	struct payload *p;
	struct twig *n;

	borrow_node(n);
	p = bpf_kptr_xchg(&n->payload, NULL);
	bpf_spin_unlock(&lock);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int borrowed_refcounted(void *ctx)
{
	struct bpf_rb_node *rb;
	struct payload *p;

	bpf_spin_lock(&shared_lock);
	rb = bpf_rbtree_first(&shared_root);
	if (!rb) {
		bpf_spin_unlock(&shared_lock);
		return 0;
	}
	p = bpf_kptr_xchg(&shared_of(rb)->payload, NULL);
	bpf_spin_unlock(&shared_lock);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int borrowed_list(void *ctx)
{
	struct bpf_list_node *l;
	struct payload *p;

	bpf_spin_lock(&list_lock);
	l = bpf_list_front(&list);
	if (!l) {
		bpf_spin_unlock(&list_lock);
		return 0;
	}
	p = bpf_kptr_xchg(&item_of(l)->payload, NULL);
	bpf_spin_unlock(&list_lock);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int resilient(void *ctx)
{
	struct hardy *r = value_of(&resilients);
	struct payload *p;

	if (!r)
		return 0;
	if (bpf_res_spin_lock(&r->lock))
		return 0;
	p = bpf_kptr_xchg(&r->payload, NULL);
	bpf_res_spin_unlock(&r->lock);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

/* Takes the payload out and forgets it. */
static bool forgetful(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return bpf_kptr_xchg(&node_of(a)->payload, NULL) != NULL;
}

SEC("syscall")
int less_forgets(void *ctx)
{
	struct twig *n = bpf_obj_new(struct twig);

	if (!n)
		return 0;
	bpf_spin_lock(&lock);
	bpf_rbtree_add(&root, &n->rb, forgetful);
	bpf_spin_unlock(&lock);
	return 0;
}

static __noinline struct payload *take(struct twig *n)
{
	return bpf_kptr_xchg(&n->payload, NULL);
}

SEC("syscall")
int static_subprogram(void *ctx)
{
	struct payload *p;
	struct twig *n;

	borrow_node(n);
	p = take(n);
	bpf_spin_unlock(&lock);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int put_back(void *ctx)
{
	struct payload *p;
	struct twig *n;

	borrow_node(n);
	p = bpf_kptr_xchg(&n->payload, NULL);
	if (p) {
		p->value++;
		p = bpf_kptr_xchg(&n->payload, p);
	}
	bpf_spin_unlock(&lock);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int after_unlock(void *ctx)
{
	struct payload *p;
	struct twig *n;

	borrow_node(n);
	bpf_spin_unlock(&lock);
	p = bpf_kptr_xchg(&n->payload, NULL);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int after_unlock_refcounted(void *ctx)
{
	struct bpf_rb_node *rb;
	struct payload *p;

	bpf_spin_lock(&shared_lock);
	rb = bpf_rbtree_first(&shared_root);
	bpf_spin_unlock(&shared_lock);
	if (!rb)
		return 0;
	p = bpf_kptr_xchg(&shared_of(rb)->payload, NULL);
	if (p)
		bpf_obj_drop(p);
	return 0;
}

SEC("syscall")
int drop_inside(void *ctx)
{
	struct payload *p;
	struct twig *n;

	borrow_node(n);
	p = bpf_kptr_xchg(&n->payload, NULL);
	if (p)
		bpf_obj_drop(p);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int forgotten(void *ctx)
{
	struct twig *n;

	borrow_node(n);
	bpf_kptr_xchg(&n->payload, NULL);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int wrong_type(void *ctx)
{
	struct other *o = bpf_obj_new(struct other);
	struct bpf_rb_node *rb;

	if (!o)
		return 0;
	bpf_spin_lock(&lock);
	rb = bpf_rbtree_first(&root);
	if (rb)
		o = bpf_kptr_xchg(&node_of(rb)->payload, o);
	bpf_spin_unlock(&lock);
	if (o)
		bpf_obj_drop(o);
	return 0;
}

struct pair {
	struct bpf_list_node list;
	struct payload __kptr *first;
	struct payload __kptr *second;
};

struct pair *full_pair;
private(E) struct bpf_spin_lock pairs_lock;
private(E) struct bpf_list_head pairs __contains(pair, list);

/* What one slot gave goes into the other. */
SEC("syscall")
int two_kptrs(void *ctx)
{
	struct payload *p, *old = NULL;
	struct bpf_list_node *l;
	struct pair *both;

	bpf_spin_lock(&pairs_lock);
	l = bpf_list_front(&pairs);
	if (!l) {
		bpf_spin_unlock(&pairs_lock);
		return 0;
	}
	both = container_of(l, struct pair, list);
	p = bpf_kptr_xchg(&both->first, NULL);
	if (p)
		old = bpf_kptr_xchg(&both->second, p);
	bpf_spin_unlock(&pairs_lock);
	if (old)
		bpf_obj_drop(old);
	return 0;
}

/* Legal everywhere: the node was taken out and the lock given back. */
SEC("syscall")
int after_remove(void *ctx)
{
	struct bpf_rb_node *rb;
	struct payload *p;
	struct twig *n;

	borrow_node(n);
	rb = bpf_rbtree_remove(&root, &n->rb);
	bpf_spin_unlock(&lock);
	if (!rb)
		return 0;
	n = node_of(rb);
	p = bpf_kptr_xchg(&n->payload, NULL);
	if (p)
		bpf_obj_drop(p);
	bpf_obj_drop(n);
	return 0;
}

LICENSE("GPL");
