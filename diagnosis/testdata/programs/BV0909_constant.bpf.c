// SPDX-License-Identifier: MIT
#include "bpf.h"

char data[64];

SEC("xdp")
int refused(void *ctx)
{
	char *p = data;
	u64 far = 1ull << 40;

	barrier_var(p); //~ NOTE
	barrier_var(far);
	p += far; //~ ERROR BV0909
	return *p;
}

SEC("xdp")
int repaired(void *ctx)
{
	return data[63];
}

LICENSE("GPL");
