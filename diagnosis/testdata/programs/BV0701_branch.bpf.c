// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u32 first = 0;

	if (skb->mark) //~ NOTE
		bpf_dynptr_from_skb(skb, 0, &ptr);
	bpf_dynptr_read(&first, sizeof(first), &ptr, 0, 0); //~ ERROR BV0701
	return first;
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
