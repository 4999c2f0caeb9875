// SPDX-License-Identifier: MIT
#include "bpf.h"

static int step(u32 i, void *ctx)
{
	return i; //~ ERROR BV1201
}

static int step_on(u32 i, void *ctx)
{
	return i > 10;
}

SEC("tc")
int refused(void *ctx)
{
	bpf_loop(100, step, NULL, 0); //~ NOTE
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	bpf_loop(100, step_on, NULL, 0);
	return 0;
}

LICENSE("GPL");
