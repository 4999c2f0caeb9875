// SPDX-License-Identifier: MIT
#include "bpf.h"

//~ KERNEL 7.3
static __noinline int down(int n)
{
	barrier_var(n);
	if (n <= 0)
		return 0;
	n = down(n - 1); //~ ERROR BV1206
	barrier_var(n);
	return n + 1;
}

SEC("tc")
int refused(void *ctx)
{
	return down(3);
}

SEC("tc")
int repaired(void *ctx)
{
	int n = 0;

	for (int i = 0; i < 3; i++)
		n++;
	return n;
}

LICENSE("GPL");
