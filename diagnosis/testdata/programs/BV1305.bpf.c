// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
__naked int refused(void *ctx)
{
	asm volatile("if r1 == 0 goto +1;" //~ ERROR BV1305
		     "r0 = 0 ll;"
		     "exit;");
}

SEC("tc")
__naked int repaired(void *ctx)
{
	asm volatile("if r1 == 0 goto +0;"
		     "r0 = 0 ll;"
		     "exit;");
}

LICENSE("GPL");
