//go:build ignore

// SPDX-License-Identifier: MIT
/* Programs whose arguments are the kernel's objects: those that nobody gives are made up for a run. */
#include "../../examples/ownership/ownership.h"

struct task_struct { s32 pid; } __attribute__((preserve_access_index));
struct sk_buff { u32 len; } __attribute__((preserve_access_index));
struct bpf_dynptr { u64 __opaque[2]; } __attribute__((aligned(8)));

extern struct task_struct *bpf_task_acquire(struct task_struct *p) __ksym;
extern void bpf_task_release(struct task_struct *p) __ksym;
extern int bpf_dynptr_from_skb(struct sk_buff *skb, u64 flags, struct bpf_dynptr *ptr__uninit) __ksym;
extern u32 bpf_dynptr_size(const struct bpf_dynptr *p) __ksym;

u64 seen;

SEC("tp_btf/task_newtask") int new_task(u64 *ctx)
{
	struct task_struct *t = (void *)ctx[0], *own = bpf_task_acquire(t);

	if (!own)
		return 0;
	seen = own->pid + ctx[1];
	bpf_task_release(own);
	return 0;
}

SEC("tp_btf/kfree_skb") int freed(u64 *ctx)
{
	struct sk_buff *skb = (void *)ctx[0];
	struct bpf_dynptr p;

	bpf_dynptr_from_skb(skb, 0, &p);
	seen = bpf_dynptr_size(&p) + skb->len;
	return 0;
}

SEC("raw_tp/task_newtask") int raw(u64 *ctx)
{
	seen = ctx[1];
	return 0;
}

LICENSE("GPL");
