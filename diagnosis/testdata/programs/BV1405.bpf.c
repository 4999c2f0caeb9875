// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("syscall")
__naked int refused(void *ctx)
{
	asm volatile(".8byte 0x00000001000100bf;" /* r0 = addr_space_cast(r0, 0, 1) */ //~ ERROR BV1405
		     "r0 = 0;"
		     "exit;");
}

SEC("syscall")
__naked int repaired(void *ctx)
{
	asm volatile("r0 = 0;"
		     "exit;");
}

LICENSE("GPL");
