// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	return *(volatile u32 *)&ptr; //~ ERROR BV0203
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u32 first = 0;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	bpf_dynptr_read(&first, sizeof(first), &ptr, 0, 0);
	return first;
}

LICENSE("GPL");
