// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u8 buf[4], *p;

	if (bpf_dynptr_from_skb(skb, 0, &ptr)) //~ NOTE
		return 0;
	p = bpf_dynptr_slice(&ptr, 0, buf, 8); //~ ERROR BV0112
	return p ? *p : 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u8 buf[8], *p;

	if (bpf_dynptr_from_skb(skb, 0, &ptr))
		return 0;
	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf));
	return p ? *p : 0;
}

LICENSE("GPL");
