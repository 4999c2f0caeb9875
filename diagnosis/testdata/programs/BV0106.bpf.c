// SPDX-License-Identifier: MIT
#include "bpf.h"

char data[128];

SEC("tc")
int refused(struct __sk_buff *skb)
{
	u32 len = skb->len; //~ NOTE

	if (len > sizeof(data))
		return 0;
	bpf_skb_load_bytes(skb, 0, data, len); //~ ERROR BV0106
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	u32 len = skb->len;

	if (len == 0 || len > sizeof(data))
		return 0;
	bpf_skb_load_bytes(skb, 0, data, len);
	return 0;
}

LICENSE("GPL");
