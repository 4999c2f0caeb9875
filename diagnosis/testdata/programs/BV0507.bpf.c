// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	bpf_preempt_disable(); //~ NOTE
	if (skb->mark) //~ NOTE
		return 0; //~ ERROR BV0507
	bpf_preempt_enable();
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	bpf_preempt_disable();
	barrier();
	bpf_preempt_enable();
	return 0;
}

LICENSE("GPL");
