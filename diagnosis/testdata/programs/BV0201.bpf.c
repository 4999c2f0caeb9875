// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	u64 ring[8] = {};
	u32 i = bpf_get_prandom_u32(); //~ NOTE

	if (i > 100) //~ NOTE
		return XDP_PASS;
	ring[i] = 1; //~ ERROR BV0201
	return ring[i & 7];
}

SEC("xdp")
int repaired(void *ctx)
{
	u64 ring[8] = {};
	u32 i = bpf_get_prandom_u32();

	if (i >= 8)
		return XDP_PASS;
	ring[i] = 1;
	return ring[i & 7];
}

LICENSE("GPL");
