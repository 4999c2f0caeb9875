// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	asm volatile("r1 = %0; call 7;" :: "r"(ctx) : "r0", "r1", "r2", "r3", "r4", "r5"); //~ NOTE
	asm volatile("r0 = *(u32 *)(r1 + 12);" ::: "r0"); //~ ERROR BV0901
	return XDP_PASS;
}

SEC("xdp")
int repaired(void *ctx)
{
	asm volatile("r6 = %0; call 7;" :: "r"(ctx) : "r0", "r1", "r2", "r3", "r4", "r5", "r6");
	asm volatile("r0 = *(u32 *)(r6 + 12);" ::: "r0");
	return XDP_PASS;
}

LICENSE("GPL");
