//go:build ignore

// SPDX-License-Identifier: MIT
/* Programs that later kernels judge otherwise than 6.18. */
#include "ownership.h"

enum {
	BPF_MAP_TYPE_USER_RINGBUF = 31,
};

struct bpf_dynptr { u64 __opaque[2]; } __attribute__((aligned(8)));

static long (*const bpf_ringbuf_reserve_dynptr)(void *map, u32 size, u64 flags, struct bpf_dynptr *p) = (void *)198;
static void (*const bpf_ringbuf_discard_dynptr)(struct bpf_dynptr *p, u64 flags) = (void *)200;
static long (*const bpf_dynptr_write)(const struct bpf_dynptr *p, u32 off, void *src, u32 len, u64 flags) = (void *)202;
static void *(*const bpf_dynptr_data)(const struct bpf_dynptr *p, u32 off, u32 len) = (void *)203;
static long (*const bpf_user_ringbuf_drain)(void *map, void *callback, void *ctx, u64 flags) = (void *)209;
static long (*const bpf_probe_read_kernel)(void *dst, u32 size, const void *src) = (void *)113;
static u32 (*const bpf_get_prandom_u32)(void) = (void *)7;

extern int bpf_dynptr_clone(const struct bpf_dynptr *p, struct bpf_dynptr *clone) __ksym;
extern void bpf_percpu_obj_drop_impl(void *kptr, void *meta) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} requests SEC(".maps");

struct sack {
	u64 weight;
	u32 items[];
};

struct cargo {
	u64 value;
	struct bpf_refcount refs;
};

struct hold {
	struct payload __tag("percpu_kptr") *percpu;
	struct cargo __kptr *cargo;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct hold);
} holds SEC(".maps");

struct sack *full_sack;
struct cargo *full_cargo;

SEC("syscall")
int flexible_array(void *ctx)
{
	struct sack *s = bpf_obj_new(struct sack);

	if (!s)
		return 0;
	s->items[1] = 7;
	bpf_obj_drop(s);
	return 0;
}

static __attribute__((noinline)) int give_lock_back(void)
{
	bpf_spin_unlock(&lock);
	return 0;
}

static bool less_gives_lock_back(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return give_lock_back();
}

SEC("tc")
int unlock_below_less(void *ctx)
{
	struct twig *n = bpf_obj_new(struct twig);

	if (!n)
		return 0;
	bpf_spin_lock(&lock);
	bpf_rbtree_add(&root, &n->rb, less_gives_lock_back);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("syscall")
int refcount_in_rcu(void *ctx)
{
	struct hold *h = value_of(&holds);
	struct cargo *c;

	if (!h)
		return 0;
	bpf_rcu_read_lock();
	c = h->cargo;
	if (c) {
		c = bpf_refcount_acquire(c);
		bpf_obj_drop(c);
	}
	bpf_rcu_read_unlock();
	return 0;
}

SEC("syscall")
int plain_into_percpu(void *ctx)
{
	struct hold *h = value_of(&holds);
	struct payload *p;

	if (!h)
		return 0;
	p = bpf_obj_new(struct payload);
	if (!p)
		return 0;
	p = bpf_kptr_xchg(&h->percpu, p);
	if (p)
		bpf_percpu_obj_drop_impl(p, 0);
	return 0;
}

SEC("syscall")
int overwritten_by_clone(void *ctx)
{
	struct bpf_dynptr a, b;

	bpf_ringbuf_reserve_dynptr(&records, 8, 0, &a);
	bpf_dynptr_clone(&a, &b);
	*(volatile u64 *)&a = 0;
	bpf_ringbuf_discard_dynptr(&b, 0);
	return 0;
}

SEC("syscall")
int overwritten(void *ctx)
{
	struct bpf_dynptr a;

	bpf_ringbuf_reserve_dynptr(&records, 8, 0, &a);
	*(volatile u64 *)&a = 0;
	return 0;
}

SEC("syscall")
int filled_by_helper(void *ctx)
{
	struct bpf_dynptr a;

	bpf_ringbuf_reserve_dynptr(&records, 8, 0, &a);
	bpf_probe_read_kernel(&a, 8, ctx);
	bpf_ringbuf_discard_dynptr(&a, 0);
	return 0;
}

SEC("syscall")
int slice_by_sum(void *ctx)
{
	struct bpf_dynptr a;
	u64 *slice, *moved, got = 0;

	bpf_ringbuf_reserve_dynptr(&records, 8, 0, &a);
	slice = bpf_dynptr_data(&a, 0, 8);
	if (!slice)
		goto out;
	asm volatile("%[moved] = 0\n%[moved] += %[slice]\n%[slice] = 0" : [moved] "=&r"(moved), [slice] "+r"(slice)::"memory");
	bpf_ringbuf_discard_dynptr(&a, 0);
	got = *moved;
	return got == 1;
out:
	bpf_ringbuf_discard_dynptr(&a, 0);
	return 0;
}

static long write_request(struct bpf_dynptr *p, void *ctx)
{
	u64 word = 0;

	bpf_dynptr_write(p, 0, &word, 8, 0);
	return 0;
}

SEC("syscall")
int const_dynptr_passed_on(void *ctx)
{
	bpf_user_ringbuf_drain(&requests, write_request, 0, 0);
	return 0;
}

static long discard_request(struct bpf_dynptr *p, void *ctx)
{
	bpf_ringbuf_discard_dynptr(p, 0);
	return 0;
}

SEC("syscall")
int const_dynptr_ended(void *ctx)
{
	bpf_user_ringbuf_drain(&requests, discard_request, 0, 0);
	return 0;
}

SEC("syscall")
int tasks_with_preemption_off(void *ctx)
{
	struct bpf_iter_task it;

	bpf_preempt_disable();
	bpf_iter_task_new(&it, 0, 0);
	bpf_preempt_enable();
	bpf_iter_task_next(&it);
	bpf_iter_task_destroy(&it);
	return 0;
}

SEC("syscall")
int tasks_with_interrupts_off(void *ctx)
{
	struct bpf_iter_task it;
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_iter_task_new(&it, 0, 0);
	bpf_iter_task_next(&it);
	bpf_iter_task_destroy(&it);
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("syscall")
int tasks_after_a_gap(void *ctx)
{
	struct bpf_iter_task it;

	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, 0, 0);
	/* The gap is on the path that is walked second. */
	asm volatile goto("if %0 == 7 goto %l[gap]" ::"r"(bpf_get_prandom_u32())::gap);
	bpf_preempt_disable();
	bpf_preempt_enable();
	goto next;
gap:
	bpf_rcu_read_unlock();
	bpf_rcu_read_lock();
next:
	bpf_iter_task_next(&it);
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("syscall")
int iterator_at_the_frame_pointer(void *ctx)
{
	struct bpf_iter_num it;
	void *frame;

	bpf_iter_num_new(&it, 0, 3);
	asm volatile("%0 = r10" : "=r"(frame));
	bpf_iter_num_destroy(frame);
	return 0;
}

__attribute__((noinline)) int thrower(u32 what)
{
	if (what)
		bpf_throw(0);
	return 0;
}

SEC("tc")
int owning_while_others_throw(void *ctx)
{
	struct payload *p = bpf_obj_new(struct payload);

	if (!p)
		return 0;
	thrower(bpf_get_prandom_u32());
	bpf_obj_drop(p);
	return 0;
}

LICENSE("GPL");
