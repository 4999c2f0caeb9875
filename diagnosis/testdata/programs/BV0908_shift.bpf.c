// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	u64 hash = (u64)ctx;

	barrier_var(hash);
	hash >>= 6;
	return hash & 1; //~ ERROR BV0908
}

SEC("xdp")
int repaired(void *ctx)
{
	u64 hash = bpf_get_prandom_u32();

	hash >>= 6;
	return hash & 1;
}

LICENSE("GPL");
