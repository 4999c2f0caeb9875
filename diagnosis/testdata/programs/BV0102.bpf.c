// SPDX-License-Identifier: MIT
#include "bpf.h"

u64 table[16];

SEC("xdp")
int refused(void *ctx)
{
	u32 i = bpf_get_prandom_u32(); //~ NOTE

	return table[i]; //~ ERROR BV0102
}

SEC("xdp")
int repaired(void *ctx)
{
	u32 i = bpf_get_prandom_u32();

	return table[i & 15];
}

LICENSE("GPL");
