//go:build ignore

// SPDX-License-Identifier: MIT
/* A queue of packets: what comes in owned is kept in nodes of our own, and goes out to who asks for it. */
#include "../../examples/ownership/ownership.h"

struct sk_buff { u32 len; } __attribute__((preserve_access_index));
struct bpf_sk_buff_ptr { int pad; };
struct netlink_ext_ack { int pad; };
struct nlattr { int pad; };
struct qdisc_skb_head { u32 qlen; } __attribute__((preserve_access_index));
struct Qdisc { u32 limit; struct qdisc_skb_head q; } __attribute__((preserve_access_index));
struct Qdisc_ops {
	int (*enqueue)(struct sk_buff *skb, struct Qdisc *sch, struct bpf_sk_buff_ptr *to_free);
	struct sk_buff *(*dequeue)(struct Qdisc *sch);
	int (*init)(struct Qdisc *sch, struct nlattr *opt, struct netlink_ext_ack *ack);
	void (*reset)(struct Qdisc *sch);
	void (*destroy)(struct Qdisc *sch);
	char id[16];
};

extern void bpf_kfree_skb(struct sk_buff *p) __ksym;
extern void bpf_qdisc_skb_drop(struct sk_buff *p, struct bpf_sk_buff_ptr *to_free) __ksym;
extern void bpf_qdisc_bstats_update(struct Qdisc *sch, const struct sk_buff *skb) __ksym;

struct entry {
	struct bpf_list_node link;
	struct sk_buff __kptr *skb;
};

private(Q) struct bpf_spin_lock lock;
private(Q) struct bpf_list_head queue __contains(entry, link);

SEC("struct_ops/enqueue")
int enqueue(u64 *ctx)
{
	struct sk_buff *skb = (void *)ctx[0], *old;
	struct bpf_sk_buff_ptr *to_free = (void *)ctx[2];
	struct entry *e = bpf_obj_new(struct entry);

	if (!e) {
		bpf_qdisc_skb_drop(skb, to_free);
		return 1;
	}
	old = bpf_kptr_xchg(&e->skb, skb);
	if (old)
		bpf_qdisc_skb_drop(old, to_free);
	bpf_spin_lock(&lock);
	bpf_list_push_back(&queue, &e->link);
	bpf_spin_unlock(&lock);
	return 0;
}

SEC("struct_ops/dequeue")
struct sk_buff *dequeue(u64 *ctx)
{
	struct Qdisc *sch = (void *)ctx[0];
	struct bpf_list_node *link;
	struct sk_buff *skb;
	struct entry *e;

	bpf_spin_lock(&lock);
	link = bpf_list_pop_front(&queue);
	bpf_spin_unlock(&lock);
	if (!link)
		return NULL;
	e = container_of(link, struct entry, link);
	skb = bpf_kptr_xchg(&e->skb, NULL);
	bpf_obj_drop(e);
	if (!skb)
		return NULL;
	bpf_qdisc_bstats_update(sch, skb);
	return skb;
}

SEC("struct_ops/dequeue")
struct sk_buff *dequeue_nothing(u64 *ctx)
{
	struct sk_buff *skb = dequeue(ctx);

	if (skb)
		bpf_kfree_skb(skb);
	return skb;
}

SEC("struct_ops/enqueue")
int enqueue_forgets(u64 *ctx) { return 0; }

SEC("struct_ops/enqueue")
int enqueue_drops_twice(u64 *ctx)
{
	struct sk_buff *skb = (void *)ctx[0];

	bpf_qdisc_skb_drop(skb, (void *)ctx[2]);
	bpf_qdisc_skb_drop(skb, (void *)ctx[2]);
	return 0;
}

#define OPS(name, in, out)							\
	SEC(".struct_ops") struct Qdisc_ops name = {			\
		.enqueue = (void *)in, .dequeue = (void *)out, .id = #name };
OPS(fifo, enqueue, dequeue)
OPS(forgets, enqueue_forgets, dequeue_nothing)
OPS(twice, enqueue_drops_twice, dequeue)

LICENSE("GPL");
