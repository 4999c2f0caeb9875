// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("socket")
int refused(struct __sk_buff *skb)
{
	u32 zero = 0;

	return bpf_skb_store_bytes(skb, 0, &zero, sizeof(zero), 0); //~ ERROR BV1601
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	u32 zero = 0;

	return bpf_skb_store_bytes(skb, 0, &zero, sizeof(zero), 0);
}

LICENSE("GPL");
