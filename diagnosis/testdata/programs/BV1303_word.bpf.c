// SPDX-License-Identifier: MIT
#include "bpf.h"

u32 flag;

SEC("tc")
int refused(struct __sk_buff *skb)
{
	while (!*(volatile u32 *)&flag) //~ ERROR BV1303
		;
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	int i;

	for (i = 0; i < 100; i++)
		if (*(volatile u32 *)&flag)
			break;
	return i;
}

LICENSE("GPL");
