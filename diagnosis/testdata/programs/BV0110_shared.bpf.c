// SPDX-License-Identifier: MIT
#include "bpf.h"

u64 table[4];

SEC("tc")
int refused(void *ctx)
{
	u8 room[16] = {}, *p = room;
	u64 at = bpf_get_prandom_u32() & 4;

	barrier_var(p);
	return *(volatile u64 *)(p + at) & 1; //~ ERROR BV0110
}

SEC("tc")
int repaired(void *ctx)
{
	u8 room[16] = {}, *p = room;
	u64 at = bpf_get_prandom_u32() & 8;

	barrier_var(p);
	return *(volatile u64 *)(p + at) & 1;
}

LICENSE("GPL");
