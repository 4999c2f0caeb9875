// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
__naked int refused(void *ctx)
{
	asm volatile("r6 = r1;"
		     "r0 = *(u8 *)skb[0];" //~ ERROR BV1406
		     "r0 = 0;"
		     "exit;");
}

SEC("socket")
__naked int repaired(void *ctx)
{
	asm volatile("r6 = r1;"
		     "r0 = *(u8 *)skb[0];"
		     "r0 = 0;"
		     "exit;");
}

LICENSE("GPL");
