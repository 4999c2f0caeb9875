// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("socket")
int refused(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u8 buf[4], *p;

	if (bpf_dynptr_from_skb(skb, 0, &ptr)) //~ NOTE
		return 0;
	p = bpf_dynptr_slice_rdwr(&ptr, 0, buf, sizeof(buf)); //~ ERROR BV0108
	if (p)
		*p = 0;
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
		*p = 0;
	return 0;
}

LICENSE("GPL");
