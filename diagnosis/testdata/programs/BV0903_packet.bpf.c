// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end; //~ NOTE

	if (data + 14 > end) //~ NOTE
		return 0;
	bpf_skb_pull_data(skb, 40); //~ NOTE
	return data[0]; //~ ERROR BV0903
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	u8 *data, *end;

	bpf_skb_pull_data(skb, 40);
	data = (void *)(long)skb->data;
	end = (void *)(long)skb->data_end;
	if (data + 14 > end)
		return 0;
	return data[0];
}

LICENSE("GPL");
