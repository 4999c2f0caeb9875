// SPDX-License-Identifier: MIT
#include "bpf.h"

const volatile int limit = 3;

SEC("xdp")
int refused(void *ctx)
{
	int *p = (int *)&limit;

	barrier_var(p); //~ NOTE
	*p = 4; //~ ERROR BV0115
	return XDP_PASS;
}

int level = 3;

SEC("xdp")
int repaired(void *ctx)
{
	level = 4;
	return XDP_PASS;
}

LICENSE("GPL");
