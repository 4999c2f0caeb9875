//go:build ignore

// SPDX-License-Identifier: MIT
/* A program that leaves a decision to a function which others may replace. */
#include "../bpf.h"

__noinline int decide(struct xdp_md *ctx, u32 length)
{
	volatile int verdict = XDP_PASS;

	return length > 1500 ? XDP_DROP : verdict;
}

SEC("xdp")
int filter(struct xdp_md *ctx)
{
	return decide(ctx, ctx->data_end - ctx->data);
}

LICENSE("GPL");
