// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(void *ctx)
{
	u8 room[16] = {}, *p = room; //~ NOTE

	barrier_var(p);
	return *(volatile u32 *)(p + 2); //~ ERROR BV0110
}

SEC("tc")
int repaired(void *ctx)
{
	u8 room[16] = {}, *p = room;

	barrier_var(p);
	return *(volatile u32 *)(p + 4);
}

LICENSE("GPL");
