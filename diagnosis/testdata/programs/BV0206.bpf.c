// SPDX-License-Identifier: MIT
#include "bpf.h"

static __noinline int inner(u32 i)
{
	volatile char buf[300];

	buf[i & 255] = 1;
	return buf[i & 127];
}

SEC("xdp")
int refused(void *ctx)
{
	volatile char buf[300];
	u32 i = bpf_get_prandom_u32();

	buf[i & 255] = 2;
	return inner(i) + buf[i & 127]; //~ ERROR BV0206
}

char large[300];

SEC("xdp")
int repaired(void *ctx)
{
	u32 i = bpf_get_prandom_u32();

	large[i & 255] = 2;
	return inner(i) + large[i & 127];
}

LICENSE("GPL");
