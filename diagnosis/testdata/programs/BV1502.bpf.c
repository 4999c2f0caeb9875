// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	u32 i = skb->mark & 3;

	return skb->cb[i]; //~ ERROR BV1502
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	u32 i = skb->mark & 1, cb[2] = {skb->cb[0], skb->cb[1]};

	return cb[i];
}

LICENSE("GPL");
