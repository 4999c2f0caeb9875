// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	u32 n = bpf_get_prandom_u32();

	asm volatile("%0 %%= 0;" : "+r"(n)); //~ ERROR BV0910
	return n;
}

SEC("xdp")
int repaired(void *ctx)
{
	u32 n = bpf_get_prandom_u32();

	asm volatile("%0 %%= 2;" : "+r"(n));
	return n;
}

LICENSE("GPL");
