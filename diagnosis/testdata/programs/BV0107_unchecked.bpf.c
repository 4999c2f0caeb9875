// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	u8 *data = (void *)(long)skb->data; //~ NOTE

	return data[0]; //~ ERROR BV0107
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	u8 *data = (void *)(long)skb->data;

	if (data + 1 > (u8 *)(long)skb->data_end)
		return 0;
	return data[0];
}

LICENSE("GPL");
