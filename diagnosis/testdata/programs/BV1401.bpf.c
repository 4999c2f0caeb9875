// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
__naked int refused(void *ctx)
{
	asm volatile(".8byte 0xff;" //~ ERROR BV1401
		     "r0 = 0;"
		     "exit;");
}

SEC("tc")
__naked int repaired(void *ctx)
{
	asm volatile("r0 = 0;"
		     "exit;");
}

LICENSE("GPL");
