/* SPDX-License-Identifier: MIT */
/* What the ownership cases share. */
#pragma once
#include "../../../examples/ownership/ownership.h"

enum {
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
};

struct bpf_iter_num { u64 __opaque[1]; } __attribute__((aligned(8)));
struct bpf_iter_task { u64 __opaque[3]; } __attribute__((aligned(8)));
struct bpf_iter_task_vma { u64 __opaque[1]; } __attribute__((aligned(8)));

struct task_struct { int pid; } __attribute__((preserve_access_index));
struct vm_area_struct { unsigned long vm_start; } __attribute__((preserve_access_index));

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
extern void bpf_local_irq_save(unsigned long *flags) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags) __ksym;
extern void bpf_throw(u64 cookie) __ksym;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task, unsigned int flags) __ksym;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __ksym;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __ksym;
extern int bpf_iter_task_vma_new(struct bpf_iter_task_vma *it, struct task_struct *task, u64 addr) __ksym;
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it) __ksym;
extern void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *it) __ksym;
extern struct bpf_list_node *bpf_list_back(struct bpf_list_head *head) __ksym;
static struct task_struct *(*const bpf_get_current_task_btf)(void) = (void *)158;

/* keep makes the compiler believe that x is used and may have changed. */
#define keep(x) asm volatile("" : "+r"(x))

/* An object that another owns. */
struct payload {
	u64 value;
};

struct other {
	u64 value;
	u64 more;
};

/* Nodes of a tree, of a tree and a list with a refcount, and of a list. */
struct twig {
	struct bpf_rb_node rb;
	u64 key;
	struct payload __kptr *payload;
};

struct twin {
	struct bpf_rb_node rb;
	struct bpf_refcount refs;
	u64 key;
	struct payload __kptr *payload;
};

struct bead {
	struct bpf_list_node list;
	u64 key;
	struct payload __kptr *payload;
};

/* An object with a lock of its own. */
struct vault {
	struct bpf_spin_lock lock;
	u64 key;
	struct payload __kptr *payload;
};

struct stash {
	u64 pad;
	struct payload __kptr *payload;
	struct task_struct __tag("kptr_untrusted") *task;
	struct twig __kptr *node;
	struct twin __kptr *shared;
	struct task_struct __kptr *owned_task;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct stash);
} slots SEC(".maps");

struct locked_slot {
	struct bpf_spin_lock lock;
	struct payload __kptr *payload;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct locked_slot);
} locked_slots SEC(".maps");

struct plain {
	u64 value[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct plain);
} plains SEC(".maps");

struct hardy {
	struct bpf_res_spin_lock lock;
	struct payload __kptr *payload;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct hardy);
} resilients SEC(".maps");

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_rb_root root __contains(twig, rb);
private(B) struct bpf_spin_lock shared_lock;
private(B) struct bpf_rb_root shared_root __contains(twin, rb);
private(C) struct bpf_spin_lock list_lock;
private(C) struct bpf_list_head list __contains(bead, list);

static inline bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct twig, rb)->key < container_of(b, struct twig, rb)->key;
}

static inline bool shared_less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct twin, rb)->key < container_of(b, struct twin, rb)->key;
}

static __always_inline void *value_of(void *map)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(map, &zero);
}

#define node_of(p) container_of(p, struct twig, rb)
#define shared_of(p) container_of(p, struct twin, rb)
#define item_of(p) container_of(p, struct bead, list)

/* Pointers for their types' sake: the compiler describes fully only what a variable names. */
struct task_struct *full_task;
struct payload *full_payload;
struct twig *full_node;
struct twin *full_shared;
struct bead *full_item;
