// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(void *ctx)
{
	u64 sum = 0;

	for (u32 i = 0; i < 10000; i++) { //~ NOTE
		barrier_var(i);
		if (bpf_get_prandom_u32() & 1) //~ ERROR BV1302
			sum += i;
		else
			sum ^= i;
	}
	return sum;
}

static int mix(u32 i, u64 *sum)
{
	if (bpf_get_prandom_u32() & 1)
		*sum += i;
	else
		*sum ^= i;
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	u64 sum = 0;

	bpf_loop(10000, mix, &sum, 0);
	return sum;
}

LICENSE("GPL");
