// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(void *ctx)
{
	asm volatile("if r1 == 0 goto +1;");
	asm volatile("r0 = 0 ll;" ::: "r0"); //~ ERROR BV1305
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	asm volatile("if r1 == 0 goto +2;");
	asm volatile("r0 = 0 ll;" ::: "r0");
	return 0;
}

LICENSE("GPL");
