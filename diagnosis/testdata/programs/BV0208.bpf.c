// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	asm volatile("r10 = 0;"); //~ ERROR BV0208
	return XDP_PASS;
}

SEC("xdp")
int repaired(void *ctx)
{
	asm volatile("r6 = r10; r6 = 0;" ::: "r6");
	return XDP_PASS;
}

LICENSE("GPL");
