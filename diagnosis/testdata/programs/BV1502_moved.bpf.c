// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	u32 *mark = &skb->mark; //~ NOTE

	barrier_var(mark);
	return *mark; //~ ERROR BV1502
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	return skb->mark;
}

LICENSE("GPL");
