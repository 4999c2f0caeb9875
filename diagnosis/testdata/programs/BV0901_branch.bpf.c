// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
__naked int refused(void *ctx)
{
	asm volatile("r2 = *(u32 *)(r1 + 8);"
		     "if r2 == 0 goto 1f;" //~ NOTE
		     "r0 = 1;"
		     "1: exit;"); //~ ERROR BV0901
}

SEC("tc")
__naked int repaired(void *ctx)
{
	asm volatile("r2 = *(u32 *)(r1 + 8);"
		     "r0 = 0;"
		     "if r2 == 0 goto 1f;"
		     "r0 = 1;"
		     "1: exit;");
}

LICENSE("GPL");
