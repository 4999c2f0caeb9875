// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb) //~ NOTE
{
	struct bpf_dynptr ptr;

	return bpf_dynptr_size(&ptr); //~ ERROR BV0701
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	return bpf_dynptr_size(&ptr);
}

LICENSE("GPL");
