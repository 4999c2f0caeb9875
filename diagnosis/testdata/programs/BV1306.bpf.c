// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
__naked int refused(void *ctx)
{
	asm volatile("r0 = 0;"); //~ ERROR BV1306
}

SEC("tc")
__naked int repaired(void *ctx)
{
	asm volatile("r0 = 0;"
		     "exit;");
}

LICENSE("GPL");
