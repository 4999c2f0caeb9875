// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u64 v = 0; //~ NOTE

	bpf_dynptr_from_mem(&v, sizeof(v), 0, &ptr); //~ ERROR BV0707
	return 0;
}

u64 value;

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_mem(&value, sizeof(value), 0, &ptr);
	return 0;
}

LICENSE("GPL");
