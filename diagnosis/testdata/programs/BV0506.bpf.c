// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	if (skb->mark) //~ NOTE
		bpf_preempt_disable();
	bpf_preempt_enable(); //~ ERROR BV0506
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	bpf_preempt_disable();
	bpf_preempt_enable();
	return 0;
}

LICENSE("GPL");
