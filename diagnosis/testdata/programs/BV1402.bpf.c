// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
__naked int refused(void *ctx)
{
	asm volatile(".8byte 0x000200b7;" /* r0 = 0, and an offset */ //~ ERROR BV1402
		     "exit;");
}

SEC("tc")
__naked int repaired(void *ctx)
{
	asm volatile(".8byte 0xb7;"
		     "exit;");
}

LICENSE("GPL");
