// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u8 buf[4], *p;

	if (bpf_dynptr_from_skb(skb, 0, &ptr))
		return 0;
	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf)); //~ NOTE
	if (p) //~ NOTE
		*p = 1; //~ ERROR BV0113
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u8 buf[4], *p;

	if (bpf_dynptr_from_skb(skb, 0, &ptr))
		return 0;
	p = bpf_dynptr_slice_rdwr(&ptr, 0, buf, sizeof(buf));
	if (p)
		*p = 1;
	return 0;
}

LICENSE("GPL");
