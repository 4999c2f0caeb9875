// SPDX-License-Identifier: MIT
#include "bpf.h"

char data[128];

SEC("tc")
int refused(struct __sk_buff *skb)
{
	u32 len = skb->len & 127; //~ NOTE

	bpf_skb_load_bytes(skb, 0, data, len); //~ ERROR BV0106
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	u32 len = skb->len & 127;

	bpf_skb_load_bytes(skb, 0, data, len + 1);
	return 0;
}

LICENSE("GPL");
