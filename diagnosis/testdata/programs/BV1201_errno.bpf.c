// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("fentry/bpf_fentry_test1")
int refused(u64 *ctx)
{
	return -1; //~ ERROR BV1201
}

SEC("fentry/bpf_fentry_test1")
int repaired(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
