// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("syscall")
int refused(void *ctx)
{
	asm volatile("r0 = 0;" ::: "r0");
	asm volatile(".8byte 0x00000001000100bf;" ::: "r0"); /* r0 = addr_space_cast(r0, 0, 1) */ //~ ERROR BV1405
	return 0;
}

SEC("syscall")
int repaired(void *ctx)
{
	asm volatile("r0 = 0;" ::: "r0");
	return 0;
}

LICENSE("GPL");
