// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	return ((volatile u16 *)&skb->data)[0]; //~ ERROR BV1501
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	return ((volatile u16 *)&skb->mark)[0];
}

LICENSE("GPL");
