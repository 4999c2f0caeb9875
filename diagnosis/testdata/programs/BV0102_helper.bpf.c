// SPDX-License-Identifier: MIT
#include "bpf.h"

char buf[256];

SEC("tc")
int refused(struct __sk_buff *skb)
{
	u32 at = skb->mark; //~ NOTE

	bpf_skb_load_bytes(skb, 0, buf + at, 4); //~ ERROR BV0102
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	u32 at = skb->mark;

	if (at > sizeof(buf) - 4)
		return 0;
	bpf_skb_load_bytes(skb, 0, buf + at, 4);
	return 0;
}

LICENSE("GPL");
