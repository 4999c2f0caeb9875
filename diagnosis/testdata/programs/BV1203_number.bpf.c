// SPDX-License-Identifier: MIT
#include "bpf.h"

__noinline int length(struct __sk_buff *skb __arg_ctx)
{
	return skb->len;
}

SEC("tc")
int refused(struct __sk_buff *skb) //~ NOTE
{
	u64 other = 5;

	barrier_var(other);
	return length((void *)other); //~ ERROR BV1203
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	return length(skb);
}

LICENSE("GPL");
