// SPDX-License-Identifier: MIT
#include "bpf.h"

static long (*const bpf_nowhere)(void) = (void *)9999;

SEC("xdp")
int refused(void *ctx)
{
	return bpf_nowhere(); //~ ERROR BV1602
}

SEC("xdp")
int repaired(void *ctx)
{
	return bpf_ktime_get_ns() & 1;
}

LICENSE("GPL");
