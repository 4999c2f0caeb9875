// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
static int refused(void *ctx) //~ ERROR BV2003
{
	return XDP_PASS;
}

LICENSE("GPL");
