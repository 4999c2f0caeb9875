// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (data + 16 > end)
		return 0;
	return bpf_skb_load_bytes(skb, 16, data + 12, 4); //~ ERROR BV0109
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	u32 next;

	if (data + 16 > end || bpf_skb_load_bytes(skb, 16, &next, 4))
		return 0;
	*(u32 *)(data + 12) = next;
	return 0;
}

LICENSE("GPL");
