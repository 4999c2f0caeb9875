// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	char room[32];
	struct bpf_dynptr *ptr = (void *)(room + 4);

	bpf_dynptr_from_skb(skb, 0, ptr); //~ ERROR BV0209
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
