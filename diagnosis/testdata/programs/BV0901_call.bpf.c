// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
__naked int refused(void *ctx)
{
	asm volatile("call 7;" /* bpf_get_prandom_u32 */ //~ NOTE
		     "r0 = *(u32 *)(r1 + 12);" //~ ERROR BV0901
		     "exit;");
}

SEC("xdp")
__naked int repaired(void *ctx)
{
	asm volatile("r6 = r1;"
		     "call 7;"
		     "r0 = *(u32 *)(r6 + 12);"
		     "r0 &= 1;"
		     "exit;");
}

LICENSE("GPL");
