// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u32);
} next SEC(".maps");

SEC("tc")
int refused(struct __sk_buff *skb)
{
	bpf_preempt_disable(); //~ NOTE
	bpf_tail_call(skb, &next, 0); //~ ERROR BV0507
	bpf_preempt_enable();
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	bpf_preempt_disable();
	skb->mark = 1;
	bpf_preempt_enable();
	bpf_tail_call(skb, &next, 0);
	return 0;
}

LICENSE("GPL");
