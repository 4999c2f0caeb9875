// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
__naked int refused(void *ctx)
{
	asm volatile(".8byte 0x18;" //~ ERROR BV1403
		     "r0 = 0;"
		     "exit;");
}

SEC("tc")
__naked int repaired(void *ctx)
{
	asm volatile("r0 = 7 ll;"
		     "r0 = 0;"
		     "exit;");
}

LICENSE("GPL");
