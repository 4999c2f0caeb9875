// SPDX-License-Identifier: MIT
#include "bpf.h"

struct bpf_dynptr in_map;

SEC("tc")
int refused(struct __sk_buff *skb)
{
	bpf_dynptr_from_skb(skb, 0, &in_map); //~ ERROR BV0706
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
