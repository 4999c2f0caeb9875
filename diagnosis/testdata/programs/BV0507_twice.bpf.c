// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	bpf_preempt_disable(); //~ NOTE
	skb->mark = 1;
	bpf_preempt_disable();
	skb->mark = 2;
	bpf_preempt_enable();
	return 0; //~ ERROR BV0507
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	bpf_preempt_disable();
	skb->mark = 1;
	bpf_preempt_disable();
	skb->mark = 2;
	bpf_preempt_enable();
	bpf_preempt_enable();
	return 0;
}

LICENSE("GPL");
