// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
__naked int refused(void *ctx)
{
	asm volatile("r0 = 0;"
		     "exit;"
		     "r0 = 1;" //~ ERROR BV1304
		     "exit;");
}

SEC("tc")
__naked int repaired(void *ctx)
{
	asm volatile("r0 = 0;"
		     "exit;");
}

LICENSE("GPL");
