// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	while (skb->mark) //~ ERROR BV1303
		barrier();
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	for (int i = 0; i < 16 && skb->mark; i++)
		barrier();
	return 0;
}

LICENSE("GPL");
