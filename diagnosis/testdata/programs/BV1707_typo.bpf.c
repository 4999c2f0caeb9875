// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("kprob/do_unlinkat")
int refused(void *ctx) //~ ERROR BV1707
{
	return 0;
}

SEC("kprobe/do_unlinkat")
int repaired(void *ctx)
{
	return 0;
}

LICENSE("GPL");
