// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
__naked int refused(void *ctx)
{
	asm volatile("r0 = 1;"
		     "r0 /= 0;" //~ ERROR BV0910
		     "exit;");
}

SEC("xdp")
__naked int repaired(void *ctx)
{
	asm volatile("r0 = 1;"
		     "r0 /= 2;"
		     "exit;");
}

LICENSE("GPL");
