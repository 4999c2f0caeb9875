// SPDX-License-Identifier: MIT
#include "bpf.h"

__noinline int twice(int n __arg_nonnull)
{
	barrier_var(n);
	return n + n;
}

__noinline int doubled(int n)
{
	barrier_var(n);
	return n + n;
}

SEC("tc")
int refused(void *ctx)
{
	return twice(2); //~ ERROR BV1205
}

SEC("tc")
int repaired(void *ctx)
{
	return doubled(2);
}

LICENSE("GPL");
