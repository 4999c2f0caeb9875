// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	asm volatile("r0 = 1;" ::: "r0");
	asm volatile("r0 <<= 64;" ::: "r0"); //~ ERROR BV0910
	return XDP_PASS;
}

SEC("xdp")
int repaired(void *ctx)
{
	asm volatile("r0 = 1;" ::: "r0");
	asm volatile("r0 <<= 63;" ::: "r0");
	return XDP_PASS;
}

LICENSE("GPL");
