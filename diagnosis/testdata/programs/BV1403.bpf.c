// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(void *ctx)
{
	asm volatile(".8byte 0x18;" ::: "r0"); //~ ERROR BV1403
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	asm volatile("r0 = 7 ll;" ::: "r0");
	return 0;
}

LICENSE("GPL");
