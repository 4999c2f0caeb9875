// SPDX-License-Identifier: MIT
#include "bpf.h"

static int step(u32 i, void *ctx)
{
	bpf_throw(i); //~ ERROR BV1208
	return 0;
}

static int stop(u32 i, void *ctx)
{
	return 1;
}

SEC("tc")
int refused(void *ctx)
{
	bpf_loop(10, step, NULL, 0);
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	if (bpf_loop(10, stop, NULL, 0) < 0)
		bpf_throw(0);
	return 0;
}

LICENSE("GPL");
