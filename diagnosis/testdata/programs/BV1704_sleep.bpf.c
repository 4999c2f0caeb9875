// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("fentry.s/do_unlinkat")
int refused(u64 *ctx) //~ ERROR BV1704
{
	return 0;
}

SEC("fentry/do_unlinkat")
int repaired(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
