// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
__naked int refused(void *ctx)
{
	asm volatile("r10 = 0;" //~ ERROR BV0208
		     "r0 = 2;"
		     "exit;");
}

SEC("xdp")
__naked int repaired(void *ctx)
{
	asm volatile("r2 = r10;"
		     "r2 = 0;"
		     "r0 = 2;"
		     "exit;");
}

LICENSE("GPL");
