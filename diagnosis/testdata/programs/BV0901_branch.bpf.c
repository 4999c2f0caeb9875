// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	if (skb->mark)
		asm volatile("r8 = 1;" ::: "r8");
	asm volatile("r0 = r8;" ::: "r0"); //~ ERROR BV0901
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	asm volatile("r8 = 0;" ::: "r8");
	if (skb->mark)
		asm volatile("r8 = 1;" ::: "r8");
	asm volatile("r0 = r8;" ::: "r0");
	return 0;
}

LICENSE("GPL");
