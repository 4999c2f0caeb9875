// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("fentry/bpf_fentry_test1")
int refused(volatile u64 *ctx)
{
	ctx[3]; //~ ERROR BV1501
	return 0;
}

SEC("fentry/bpf_fentry_test1")
int repaired(volatile u64 *ctx)
{
	ctx[0];
	return 0;
}

LICENSE("GPL");
