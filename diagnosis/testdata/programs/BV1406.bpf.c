// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	asm volatile("r6 = %0; r0 = *(u8 *)skb[0];" :: "r"(ctx) : "r0", "r1", "r2", "r3", "r4", "r5", "r6"); //~ ERROR BV1406
	return XDP_PASS;
}

SEC("socket")
int repaired(void *ctx)
{
	asm volatile("r6 = %0; r0 = *(u8 *)skb[0];" :: "r"(ctx) : "r0", "r1", "r2", "r3", "r4", "r5", "r6");
	return 0;
}

LICENSE("GPL");
