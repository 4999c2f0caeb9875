// SPDX-License-Identifier: MIT
#include "bpf.h"

int table[16];

SEC("xdp")
int refused(void *ctx)
{
	u64 p = (u64)&table[bpf_get_prandom_u32() & 15]; //~ NOTE

	barrier_var(p);
	p &= ~7ull; //~ ERROR BV0908
	return *(int *)p;
}

SEC("xdp")
int repaired(void *ctx)
{
	return table[bpf_get_prandom_u32() & 14];
}

LICENSE("GPL");
