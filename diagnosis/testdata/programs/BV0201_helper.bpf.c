// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb) //~ NOTE
{
	char buf[16];

	bpf_skb_load_bytes(skb, 0, buf, 32); //~ ERROR BV0201
	return buf[0];
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	char buf[16];

	bpf_skb_load_bytes(skb, 0, buf, sizeof(buf));
	return buf[0];
}

LICENSE("GPL");
