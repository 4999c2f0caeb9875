// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(void *ctx)
{
	bpf_get_prandom_u32(); //~ ERROR BV1306
	__builtin_unreachable();
}

SEC("tc")
int repaired(void *ctx)
{
	bpf_get_prandom_u32();
	return 0;
}

LICENSE("GPL");
