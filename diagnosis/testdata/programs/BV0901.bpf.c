// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	asm volatile("r0 = r6;" ::: "r0"); //~ ERROR BV0901
	return XDP_PASS;
}

SEC("xdp")
int repaired(void *ctx)
{
	asm volatile("r6 = 2; r0 = r6;" ::: "r0", "r6");
	return XDP_PASS;
}

LICENSE("GPL");
