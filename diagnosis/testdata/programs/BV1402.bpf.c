// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(void *ctx)
{
	asm volatile(".8byte 0x000200b7;" ::: "r0"); /* r0 = 0, and an offset */ //~ ERROR BV1402
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	asm volatile(".8byte 0xb7;" ::: "r0");
	return 0;
}

LICENSE("GPL");
