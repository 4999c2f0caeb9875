// SPDX-License-Identifier: MIT
#include "bpf.h"

u64 value;

__noinline u64 *find(void) //~ ERROR BV1204
{
	u64 *p = &value;

	barrier_var(p);
	return p;
}

SEC("tc")
int refused(void *ctx)
{
	return find() != NULL; //~ NOTE
}

__noinline int get(void)
{
	return *(volatile u64 *)&value;
}

SEC("tc")
int repaired(void *ctx)
{
	return get();
}

LICENSE("GPL");
