// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
__naked int refused(void *ctx)
{
	asm volatile("r0 = r6;" //~ ERROR BV0901
		     "exit;");
}

SEC("xdp")
__naked int repaired(void *ctx)
{
	asm volatile("r6 = 2;"
		     "r0 = r6;"
		     "exit;");
}

LICENSE("GPL");
