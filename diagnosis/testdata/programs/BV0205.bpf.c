// SPDX-License-Identifier: MIT
#include "bpf.h"

static __noinline u64 *pick(void)
{
	u64 v = bpf_ktime_get_ns();
	u64 *p = &v;

	barrier_var(p);
	return p; //~ ERROR BV0205
}

SEC("xdp")
int refused(void *ctx)
{
	return *pick() & 1; //~ NOTE
}

static __noinline void fill(u64 *p)
{
	*p = bpf_ktime_get_ns();
}

SEC("xdp")
int repaired(void *ctx)
{
	u64 v;

	fill(&v);
	return v & 1;
}

LICENSE("GPL");
