// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("fentry/simple_strtoull")
int refused(volatile u64 *ctx)
{
	ctx[1]; //~ ERROR BV1508
	return 0;
}

SEC("fentry/simple_strtoull")
int repaired(volatile u64 *ctx)
{
	ctx[2];
	return 0;
}

LICENSE("GPL");
