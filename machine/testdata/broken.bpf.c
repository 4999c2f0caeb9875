//go:build ignore

// SPDX-License-Identifier: MIT
/* Each program breaks one rule of ownership, which no verifier lets pass. */
#include "../../examples/ownership/ownership.h"

struct item {
	struct bpf_list_node link;
	u64 value;
};

struct leaf {
	struct bpf_rb_node rb;
	struct bpf_refcount ref;
	u64 key;
};

struct plain {
	u64 value;
};

struct slot {
	struct plain __kptr *kept;
	u64 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct slot);
} slots SEC(".maps");

struct node_slot {
	struct leaf __kptr *kept;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct node_slot);
} node_slots SEC(".maps");

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_list_head queue __contains(item, link);
private(B) struct bpf_spin_lock tree_lock;
private(B) struct bpf_rb_root tree __contains(leaf, rb);
private(C) struct bpf_res_spin_lock res_a;
private(D) struct bpf_res_spin_lock res_b;

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
extern void bpf_local_irq_save(unsigned long *flags) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags) __ksym;
struct bpf_iter_num { u64 __opaque[1]; } __attribute__((aligned(8)));
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct leaf, rb)->key < container_of(b, struct leaf, rb)->key;
}

static __always_inline struct slot *the_slot(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&slots, &zero);
}

static __always_inline struct node_slot *the_node_slot(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&node_slots, &zero);
}

SEC("syscall") int leak(void *ctx)
{
	struct item *i = bpf_obj_new(struct item);

	return i && i->value;
}

SEC("syscall") int drop_twice(void *ctx)
{
	struct item *i = bpf_obj_new(struct item);

	bpf_obj_drop(i);
	bpf_obj_drop(i);
	return 0;
}

SEC("syscall") int use_after_drop(void *ctx)
{
	struct item *i = bpf_obj_new(struct item);

	bpf_obj_drop(i);
	return i->value;
}

SEC("syscall") int drop_the_member(void *ctx)
{
	struct item *i = bpf_obj_new(struct item);

	bpf_obj_drop(&i->value);
	return 0;
}

SEC("syscall") int push_without_lock(void *ctx)
{
	struct item *i = bpf_obj_new(struct item);

	bpf_list_push_back(&queue, &i->link);
	return 0;
}

SEC("syscall") int push_under_another_lock(void *ctx)
{
	struct item *i = bpf_obj_new(struct item);

	bpf_spin_lock(&tree_lock);
	bpf_list_push_back(&queue, &i->link);
	bpf_spin_unlock(&tree_lock);
	return 0;
}

SEC("syscall") int push_twice(void *ctx)
{
	struct item *i = bpf_obj_new(struct item);

	bpf_spin_lock(&lock);
	bpf_list_push_back(&queue, &i->link);
	bpf_list_push_back(&queue, &i->link);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall") int drop_after_push(void *ctx)
{
	struct item *i = bpf_obj_new(struct item);

	bpf_spin_lock(&lock);
	bpf_list_push_back(&queue, &i->link);
	bpf_spin_unlock(&lock);
	bpf_obj_drop(i);
	return 0;
}

SEC("syscall") int use_after_unlock(void *ctx)
{
	struct item *i = bpf_obj_new(struct item);
	struct bpf_list_node *n;

	bpf_spin_lock(&lock);
	bpf_list_push_back(&queue, &i->link);
	n = bpf_list_front(&queue);
	bpf_spin_unlock(&lock);
	return container_of(n, struct item, link)->value;
}

SEC("syscall") int wrong_node(void *ctx)
{
	struct leaf *l = bpf_obj_new(struct leaf);

	bpf_spin_lock(&lock);
	bpf_list_push_back(&queue, (void *)&l->rb);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall") int wrong_kptr(void *ctx)
{
	struct item *i = bpf_obj_new(struct item);
	struct slot *s = the_slot();

	if (s)
		bpf_kptr_xchg(&s->kept, i);
	return 0;
}

SEC("syscall") int no_kptr(void *ctx)
{
	struct plain *p = bpf_obj_new(struct plain);
	struct slot *s = the_slot();

	if (s)
		bpf_kptr_xchg(&s->pad, p);
	return 0;
}

/* The object is in the map and in nobody's hands. */
SEC("syscall") int drop_loaded_kptr(void *ctx)
{
	struct plain *p = bpf_obj_new(struct plain);
	struct slot *s = the_slot();

	if (!s)
		return 0;
	p = bpf_kptr_xchg(&s->kept, p);
	if (p)
		bpf_obj_drop(p);
	bpf_obj_drop(s->kept);
	return 0;
}

SEC("syscall") int overwrite_kptr(void *ctx)
{
	struct plain *p = bpf_obj_new(struct plain);
	struct slot *s = the_slot();

	if (!s)
		return 0;
	p = bpf_kptr_xchg(&s->kept, p);
	if (p)
		bpf_obj_drop(p);
	s->kept = NULL;
	p = bpf_kptr_xchg(&s->kept, NULL);
	return 0;
}

SEC("syscall") int acquire_uncounted(void *ctx)
{
	struct plain *p = bpf_obj_new(struct plain);

	bpf_refcount_acquire(p);
	bpf_obj_drop(p);
	return 0;
}

SEC("syscall") int refcount_leak(void *ctx)
{
	struct leaf *l = bpf_obj_new(struct leaf);

	bpf_refcount_acquire(l);
	bpf_obj_drop(l);
	return 0;
}

SEC("syscall") int refcount_underflow(void *ctx)
{
	struct leaf *l = bpf_obj_new(struct leaf);
	struct leaf *m = bpf_refcount_acquire(l);

	bpf_spin_lock(&tree_lock);
	bpf_rbtree_add(&tree, &l->rb, less);
	bpf_spin_unlock(&tree_lock);
	bpf_obj_drop(m);
	bpf_obj_drop(m);
	return 0;
}

SEC("syscall") int borrowed_after_pop(void *ctx)
{
	struct item *i = bpf_obj_new(struct item);
	struct bpf_list_node *n, *popped;

	bpf_spin_lock(&lock);
	bpf_list_push_back(&queue, &i->link);
	n = bpf_list_front(&queue);
	popped = bpf_list_pop_front(&queue);
	bpf_spin_unlock(&lock);
	if (!popped || container_of(popped, struct item, link)->value)
		return 1;
	return container_of(n, struct item, link)->value;
}

SEC("syscall") int borrowed_after_stash(void *ctx)
{
	struct leaf *l = bpf_obj_new(struct leaf);
	struct bpf_rb_node *n, *removed;
	struct node_slot *s = the_node_slot();

	bpf_spin_lock(&tree_lock);
	bpf_rbtree_add(&tree, &l->rb, less);
	n = bpf_rbtree_first(&tree);
	removed = bpf_rbtree_remove(&tree, n);
	bpf_spin_unlock(&tree_lock);
	bpf_kptr_xchg(&s->kept, container_of(removed, struct leaf, rb));
	return container_of(n, struct leaf, rb)->key;
}

SEC("syscall") int drop_the_borrowed(void *ctx)
{
	struct leaf *l = bpf_obj_new(struct leaf);
	struct leaf *m = bpf_refcount_acquire(l);

	bpf_spin_lock(&tree_lock);
	bpf_rbtree_add(&tree, &l->rb, less);
	bpf_spin_unlock(&tree_lock);
	if (m->key)
		return 1;
	bpf_obj_drop(l);
	return 0;
}

SEC("syscall") int stash_the_borrowed(void *ctx)
{
	struct leaf *l = bpf_obj_new(struct leaf);
	struct leaf *m = bpf_refcount_acquire(l);
	struct node_slot *s = the_node_slot();

	bpf_spin_lock(&tree_lock);
	bpf_rbtree_add(&tree, &l->rb, less);
	bpf_kptr_xchg(&s->kept, l);
	bpf_spin_unlock(&tree_lock);
	bpf_obj_drop(m);
	return 0;
}

SEC("syscall") int exit_locked(void *ctx)
{
	bpf_spin_lock(&lock);
	return 0;
}

SEC("syscall") int lock_twice(void *ctx)
{
	bpf_spin_lock(&lock);
	asm volatile("" ::: "memory");
	bpf_spin_lock(&lock);
	return 0;
}

SEC("syscall") int two_locks(void *ctx)
{
	bpf_spin_lock(&lock);
	bpf_spin_lock(&tree_lock);
	bpf_spin_unlock(&tree_lock);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall") int unlock_unheld(void *ctx)
{
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall") int unlock_out_of_order(void *ctx)
{
	if (bpf_res_spin_lock(&res_a))
		return 1;
	if (bpf_res_spin_lock(&res_b))
		return 2;
	bpf_res_spin_unlock(&res_a);
	bpf_res_spin_unlock(&res_b);
	return 0;
}

SEC("syscall") int new_under_lock(void *ctx)
{
	struct item *i;

	bpf_spin_lock(&lock);
	i = bpf_obj_new(struct item);
	bpf_spin_unlock(&lock);
	bpf_obj_drop(i);
	return 0;
}

SEC("syscall") int sleep_in_rcu(void *ctx)
{
	u64 word = 0;

	bpf_rcu_read_lock();
	bpf_copy_from_user(&word, sizeof(word), NULL);
	bpf_rcu_read_unlock();
	return word;
}

SEC("syscall") int exit_in_rcu(void *ctx)
{
	bpf_rcu_read_lock();
	return 0;
}

SEC("syscall") int preempt_enable_twice(void *ctx)
{
	bpf_preempt_disable();
	bpf_preempt_enable();
	bpf_preempt_enable();
	return 0;
}

SEC("syscall") int irq_out_of_order(void *ctx)
{
	unsigned long a, b;

	bpf_local_irq_save(&a);
	bpf_local_irq_save(&b);
	bpf_local_irq_restore(&a);
	bpf_local_irq_restore(&b);
	return 0;
}

SEC("syscall") int iterator_leak(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 3);
	bpf_iter_num_next(&it);
	return 0;
}

SEC("syscall") int iterator_twice_destroyed(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 3);
	bpf_iter_num_destroy(&it);
	bpf_iter_num_destroy(&it);
	return 0;
}

/* Not broken: addresses of one object that was borrowed and is owned then are equal. */
SEC("syscall") int same_object(void *ctx)
{
	struct item *i = bpf_obj_new(struct item);
	struct bpf_list_node *n, *popped;
	int equal;

	if (!i)
		return 2;
	bpf_spin_lock(&lock);
	bpf_list_push_back(&queue, &i->link);
	n = bpf_list_front(&queue);
	popped = bpf_list_pop_front(&queue);
	equal = n == popped;
	bpf_spin_unlock(&lock);
	if (popped)
		bpf_obj_drop(container_of(popped, struct item, link));
	return equal;
}

/* Not broken: two locks that may fail, the second time by locking the first again. */
SEC("syscall") int res_again(void *ctx)
{
	int err;

	if (bpf_res_spin_lock(&res_a))
		return 1;
	err = bpf_res_spin_lock(&res_a);
	bpf_res_spin_unlock(&res_a);
	return err;
}

LICENSE("GPL");
