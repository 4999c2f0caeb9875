//go:build ignore

// SPDX-License-Identifier: MIT
/* What programs see of tasks, cgroups, memory and time; and, from broken_ on, programs that break one rule each. */
#include "../../examples/ownership/ownership.h"

enum {
	BPF_MAP_TYPE_USER_RINGBUF = 31,
};

struct task_struct { s32 pid, tgid; } __attribute__((preserve_access_index));
struct cgroup_subsys_state { int id; } __attribute__((preserve_access_index));
struct cgroup { struct cgroup_subsys_state self; int level; } __attribute__((preserve_access_index));
struct file { int pad; };
struct bpf_map { int pad; };
struct vm_area_struct { unsigned long vm_start, vm_end; struct file *vm_file; } __attribute__((preserve_access_index));
struct kmem_cache { unsigned int object_size; } __attribute__((preserve_access_index));
struct dma_buf { unsigned long size; } __attribute__((preserve_access_index));
struct bpf_dynptr { u64 __opaque[2]; } __attribute__((aligned(8)));
struct bpf_timer { u64 __opaque[2]; } __attribute__((aligned(8)));
struct bpf_wq { u64 __opaque[2]; } __attribute__((aligned(8)));
struct bpf_task_work { u64 __opaque; } __attribute__((aligned(8)));

#define ITER(name, size, args...)						\
	struct bpf_iter_##name { u64 __opaque[size]; } __attribute__((aligned(8)));	\
	extern int bpf_iter_##name##_new(struct bpf_iter_##name *it, ##args) __ksym;	\
	extern void bpf_iter_##name##_destroy(struct bpf_iter_##name *it) __ksym
ITER(task, 3, struct task_struct *task__nullable, unsigned int flags);
ITER(css, 3, struct cgroup_subsys_state *start, unsigned int flags);
ITER(css_task, 1, struct cgroup_subsys_state *css, unsigned int flags);
ITER(task_vma, 1, struct task_struct *task, u64 addr);
ITER(kmem_cache, 1);
ITER(dmabuf, 1);
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym;
extern struct cgroup_subsys_state *bpf_iter_css_next(struct bpf_iter_css *it) __ksym;
extern struct task_struct *bpf_iter_css_task_next(struct bpf_iter_css_task *it) __ksym;
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it) __ksym;
extern struct kmem_cache *bpf_iter_kmem_cache_next(struct bpf_iter_kmem_cache *it) __ksym;
extern struct dma_buf *bpf_iter_dmabuf_next(struct bpf_iter_dmabuf *it) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern struct cgroup *bpf_cgroup_from_id(u64 id) __ksym;
extern struct cgroup *bpf_cgroup_ancestor(struct cgroup *cgrp, int level) __ksym;
extern void bpf_cgroup_release(struct cgroup *cgrp) __ksym;
extern long bpf_task_under_cgroup(struct task_struct *task, struct cgroup *ancestor) __ksym;
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
extern int bpf_wq_init(struct bpf_wq *wq, void *p__map, unsigned int flags) __ksym;
extern int bpf_wq_start(struct bpf_wq *wq, unsigned int flags) __ksym;
extern int bpf_wq_set_callback_impl(struct bpf_wq *wq, int (*cb)(void *map, int *key, void *value), unsigned int flags,
				    void *aux__ign) __ksym;
extern int bpf_task_work_schedule_signal_impl(struct task_struct *task, struct bpf_task_work *tw, void *map__map,
					      int (*cb)(struct bpf_map *map, void *key, void *value), void *aux__prog) __ksym;

static struct task_struct *(*const bpf_get_current_task_btf)(void) = (void *)158;
static long (*const bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static long (*const bpf_timer_init)(struct bpf_timer *t, void *map, u64 flags) = (void *)169;
static long (*const bpf_timer_set_callback)(struct bpf_timer *t, void *cb) = (void *)170;
static long (*const bpf_timer_start)(struct bpf_timer *t, u64 ns, u64 flags) = (void *)171;
static long (*const bpf_timer_cancel)(struct bpf_timer *t) = (void *)172;
static long (*const bpf_dynptr_read)(void *dst, u32 len, const struct bpf_dynptr *src, u32 off, u64 flags) = (void *)201;
static long (*const bpf_user_ringbuf_drain)(void *map, void *cb, void *ctx, u64 flags) = (void *)209;

struct value {
	struct bpf_timer timer;
	struct bpf_wq wq;
	struct bpf_task_work work;
	u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, u32);
	__type(value, struct value);
} values SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 3);
	__type(key, u32);
	__type(value, struct value);
} hashed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} samples SEC(".maps");

u64 seen;

SEC("syscall") int all_processes(void *ctx)
{
	struct bpf_iter_task it;
	struct task_struct *t;

	seen = 0;
	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, NULL, 0);
	while ((t = bpf_iter_task_next(&it)))
		seen = seen * 10 + t->pid;
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	return seen;
}

SEC("syscall") int all_threads(void *ctx)
{
	struct bpf_iter_task it;
	struct task_struct *t;

	seen = 0;
	bpf_rcu_read_lock();
	bpf_iter_task_new(&it, NULL, 1);
	while ((t = bpf_iter_task_next(&it)))
		seen = seen * 10 + t->pid;
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	return seen;
}

SEC("syscall") int own_threads(void *ctx)
{
	struct bpf_iter_task it;
	struct task_struct *t;
	int err;

	seen = 0;
	bpf_rcu_read_lock();
	err = bpf_iter_task_new(&it, NULL, 2);
	if (bpf_iter_task_next(&it))
		seen = 1000;
	bpf_iter_task_destroy(&it);
	bpf_iter_task_new(&it, bpf_get_current_task_btf(), 2);
	while ((t = bpf_iter_task_next(&it)))
		seen = seen * 10 + t->pid;
	bpf_iter_task_destroy(&it);
	bpf_rcu_read_unlock();
	return err == -22 ? seen : 0;
}

static __always_inline int cgroups(unsigned int flags)
{
	struct cgroup *start = bpf_cgroup_from_id(2);
	struct cgroup_subsys_state *css;
	struct bpf_iter_css it;

	seen = 0;
	if (!start)
		return -1;
	bpf_rcu_read_lock();
	bpf_iter_css_new(&it, &start->self, flags);
	while ((css = bpf_iter_css_next(&it)))
		seen = seen * 10 + css->id;
	bpf_iter_css_destroy(&it);
	bpf_rcu_read_unlock();
	bpf_cgroup_release(start);
	return seen;
}

SEC("syscall") int groups_pre(void *ctx) { return cgroups(2); }
SEC("syscall") int groups_post(void *ctx) { return cgroups(3); }
SEC("syscall") int groups_up(void *ctx) { return cgroups(4); }

SEC("syscall") int group_tasks(void *ctx)
{
	struct cgroup *g = bpf_cgroup_from_id(3);
	struct bpf_iter_css_task it;
	struct task_struct *t;

	seen = 0;
	if (!g)
		return -1;
	bpf_iter_css_task_new(&it, &g->self, 1);
	while ((t = bpf_iter_css_task_next(&it)))
		seen = seen * 10 + t->pid;
	bpf_iter_css_task_destroy(&it);
	bpf_cgroup_release(g);
	return seen;
}

SEC("syscall") int under_group(void *ctx)
{
	struct cgroup *g = bpf_cgroup_from_id(3), *top;
	struct task_struct *t = bpf_task_from_pid(5);
	int found = 0;

	if (!g)
		goto out;
	top = bpf_cgroup_ancestor(g, 0);
	if (top) {
		if (t)
			found = bpf_task_under_cgroup(t, g) * 10 + bpf_task_under_cgroup(t, top);
		bpf_cgroup_release(top);
	}
	bpf_cgroup_release(g);
out:
	if (t)
		bpf_task_release(t);
	return found;
}

SEC("syscall") int areas(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *v;
	u32 start = 0;

	seen = 0;
	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0x401000);
	while ((v = bpf_iter_task_vma_next(&it))) {
		seen += (v->vm_end - v->vm_start) >> 12;
		bpf_copy_from_user(&start, 4, (void *)v->vm_start);
		seen = seen * 100 + (start & 0xff);
	}
	bpf_iter_task_vma_destroy(&it);
	return seen;
}

SEC("syscall") int no_memory(void *ctx)
{
	struct task_struct *t = bpf_task_from_pid(5);
	struct bpf_iter_task_vma it;
	int err = 0;

	if (!t)
		return 1;
	err = bpf_iter_task_vma_new(&it, t, 0);
	bpf_iter_task_vma_destroy(&it);
	bpf_task_release(t);
	return err;
}

SEC("syscall") int caches(void *ctx)
{
	struct bpf_iter_kmem_cache it;
	struct kmem_cache *k;

	seen = 0;
	bpf_iter_kmem_cache_new(&it);
	while ((k = bpf_iter_kmem_cache_next(&it)))
		seen += k->object_size;
	bpf_iter_kmem_cache_destroy(&it);
	return seen;
}

SEC("syscall") int buffers(void *ctx)
{
	struct bpf_iter_dmabuf it;
	struct dma_buf *b;

	seen = 0;
	bpf_iter_dmabuf_new(&it);
	while ((b = bpf_iter_dmabuf_next(&it)))
		seen += b->size;
	bpf_iter_dmabuf_destroy(&it);
	return seen;
}

static int tick(void *map, int *key, struct value *v)
{
	v->count++;
	seen = seen * 10 + *key + 1;
	if (v->count < 3)
		bpf_timer_start(&v->timer, 1000, 0);
	return 0;
}

static __always_inline struct value *value_at(u32 key) { return bpf_map_lookup_elem(&values, &key); }

/* Three times a microsecond apart, in the time that passes afterwards; and one that is later than that. */
SEC("syscall") int timer(void *ctx)
{
	struct value *v = value_at(1), *late = value_at(2);

	if (!v || !late)
		return 1;
	bpf_timer_init(&v->timer, &values, 1);
	if (bpf_timer_init(&v->timer, &values, 1) != -16)
		return 2;
	if (bpf_timer_start(&v->timer, 1000, 0) != -22)
		return 3;
	bpf_timer_set_callback(&v->timer, tick);
	bpf_timer_init(&late->timer, &values, 1);
	bpf_timer_set_callback(&late->timer, tick);
	bpf_timer_start(&late->timer, 1000000000, 0);
	return bpf_timer_start(&v->timer, 1000, 0);
}

SEC("syscall") int timer_cancelled(void *ctx)
{
	struct value *v = value_at(0);

	if (!v)
		return 1;
	bpf_timer_init(&v->timer, &values, 1);
	bpf_timer_set_callback(&v->timer, tick);
	bpf_timer_start(&v->timer, 1, 0);
	return bpf_timer_cancel(&v->timer) * 10 + bpf_timer_cancel(&v->timer);
}

SEC("syscall") int timer_deleted(void *ctx)
{
	struct value init = {}, *v;
	u32 key = 7;

	bpf_map_update_elem(&hashed, &key, &init, 0);
	v = bpf_map_lookup_elem(&hashed, &key);
	if (!v)
		return 1;
	bpf_timer_init(&v->timer, &hashed, 1);
	bpf_timer_set_callback(&v->timer, tick);
	bpf_timer_start(&v->timer, 0, 0);
	bpf_map_delete_elem(&hashed, &key);
	return 0;
}

static int worked(void *map, int *key, void *value)
{
	u64 word;

	bpf_copy_from_user(&word, 8, NULL);
	seen = 100 + *key;
	return 0;
}

SEC("syscall") int work(void *ctx)
{
	struct value init = {}, *v;
	u32 key = 7;

	bpf_map_update_elem(&hashed, &key, &init, 0);
	v = bpf_map_lookup_elem(&hashed, &key);
	if (!v || bpf_wq_init(&v->wq, &hashed, 0))
		return 1;
	bpf_wq_set_callback_impl(&v->wq, worked, 0, NULL);
	return bpf_wq_start(&v->wq, 0);
}

static int in_task(struct bpf_map *map, void *key, void *value)
{
	return worked(map, key, value);
}

SEC("syscall") int task_work(void *ctx)
{
	struct value *v = value_at(2);

	if (!v)
		return 1;
	if (bpf_task_work_schedule_signal_impl(bpf_get_current_task_btf(), &v->work, &values, in_task, NULL))
		return 2;
	return bpf_task_work_schedule_signal_impl(bpf_get_current_task_btf(), &v->work, &values, in_task, NULL);
}

static long sample(struct bpf_dynptr *p, void *ctx)
{
	u8 byte = 0;

	bpf_dynptr_read(&byte, 1, p, 0, 0);
	seen = seen * 10 + byte;
	return byte == 3;
}

SEC("syscall") int drain(void *ctx)
{
	seen = 0;
	return bpf_user_ringbuf_drain(&samples, sample, NULL, 0);
}

SEC("syscall") int broken_task_leak(void *ctx)
{
	struct task_struct *t = bpf_task_from_pid(5);

	return !t;
}

SEC("syscall") int broken_task_released_twice(void *ctx)
{
	struct task_struct *t = bpf_task_from_pid(5);

	if (!t)
		return 1;
	bpf_task_release(t);
	bpf_task_release(t);
	return 0;
}

SEC("syscall") int broken_current_released(void *ctx)
{
	bpf_task_release(bpf_get_current_task_btf());
	return 0;
}

SEC("syscall") int broken_wrong_release(void *ctx)
{
	struct task_struct *t = bpf_task_from_pid(5);

	bpf_cgroup_release((void *)t);
	return 0;
}

SEC("syscall") int broken_vma_after_destroy(void *ctx)
{
	struct bpf_iter_task_vma it;
	struct vm_area_struct *v;

	bpf_iter_task_vma_new(&it, bpf_get_current_task_btf(), 0);
	v = bpf_iter_task_vma_next(&it);
	bpf_iter_task_vma_destroy(&it);
	return v->vm_start;
}

static int leaks(void *map, int *key, void *value) { return !bpf_task_from_pid(5); }

SEC("syscall") int broken_timer_leak(void *ctx)
{
	struct value *v = value_at(0);

	if (!v)
		return 1;
	bpf_timer_init(&v->timer, &values, 1);
	bpf_timer_set_callback(&v->timer, leaks);
	return bpf_timer_start(&v->timer, 0, 0);
}

SEC("syscall") int broken_timer_sleeps(void *ctx)
{
	struct value *v = value_at(0);

	if (!v)
		return 1;
	bpf_timer_init(&v->timer, &values, 1);
	bpf_timer_set_callback(&v->timer, worked);
	return bpf_timer_start(&v->timer, 0, 0);
}

SEC("syscall") int broken_other_map(void *ctx)
{
	struct value *v = value_at(0);

	return v ? bpf_timer_init(&v->timer, &hashed, 1) : 0;
}

LICENSE("GPL");
