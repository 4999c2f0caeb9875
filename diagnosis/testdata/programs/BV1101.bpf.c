// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u64 v = 0; //~ NOTE

	bpf_dynptr_from_skb((void *)&v, 0, &ptr); //~ ERROR BV1101
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	return 0;
}

LICENSE("GPL");
