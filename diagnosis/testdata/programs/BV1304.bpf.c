// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(void *ctx)
{
	asm volatile("goto +1;");
	asm volatile("r0 = 1;" ::: "r0"); //~ ERROR BV1304
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	asm volatile("goto +0;");
	asm volatile("r0 = 1;" ::: "r0");
	return 0;
}

LICENSE("GPL");
