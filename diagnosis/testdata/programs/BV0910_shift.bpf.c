// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
__naked int refused(void *ctx)
{
	asm volatile("r0 = 1;"
		     "r0 <<= 64;" //~ ERROR BV0910
		     "exit;");
}

SEC("xdp")
__naked int repaired(void *ctx)
{
	asm volatile("r0 = 1;"
		     "r0 <<= 1;"
		     "exit;");
}

LICENSE("GPL");
