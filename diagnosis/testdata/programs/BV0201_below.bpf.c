// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	u64 v = 0, *p = &v; //~ NOTE

	barrier_var(p);
	return p[1]; //~ ERROR BV0201
}

SEC("xdp")
int repaired(void *ctx)
{
	u64 v[2] = {}, *p = v;

	barrier_var(p);
	return p[1];
}

LICENSE("GPL");
