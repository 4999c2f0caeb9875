// SPDX-License-Identifier: MIT
#include "bpf.h"

int table[16];

SEC("xdp")
int refused(void *ctx)
{
	u32 i = bpf_get_prandom_u32(); //~ NOTE

	if (i > 16) //~ NOTE
		return XDP_DROP;
	return table[i]; //~ ERROR BV0101
}

SEC("xdp")
int repaired(void *ctx)
{
	u32 i = bpf_get_prandom_u32();

	if (i >= 16)
		return XDP_DROP;
	return table[i];
}

LICENSE("GPL");
