// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
__naked int refused(void *ctx)
{
	asm volatile("w0 = 1;"
		     "w0 %= 0;" //~ ERROR BV0910
		     "exit;");
}

SEC("xdp")
__naked int repaired(void *ctx)
{
	asm volatile("w0 = 1;"
		     "w0 %= 2;"
		     "exit;");
}

LICENSE("GPL");
