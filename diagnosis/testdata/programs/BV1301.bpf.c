// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(void *ctx)
{
	u64 sum = 0;

	for (u32 i = 0; i < 1000000; i++) { //~ ERROR BV1301
		barrier_var(i);
		sum += i; //~ NOTE
	}
	return sum;
}

static int add(u32 i, u64 *sum)
{
	*sum += i;
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	u64 sum = 0;

	bpf_loop(1000000, add, &sum, 0);
	return sum;
}

LICENSE("GPL");
