//go:build ignore

// SPDX-License-Identifier: MIT
/* Programs for a function of another program, filter.bpf.c: two that replace it and two that trace it. */
#include "../bpf.h"

static long (*const bpf_xdp_adjust_head)(struct xdp_md *ctx, int delta) = (void *)44;

SEC("freplace/decide")
int decide_small(struct xdp_md *ctx, u32 length)
{
	return length > 64 ? XDP_DROP : XDP_PASS;
}

/* Refused: whoever calls decide has not been verified for packets that move. */
SEC("freplace/decide")
int decide_moving(struct xdp_md *ctx, u32 length)
{
	return bpf_xdp_adjust_head(ctx, length & 15) ? XDP_DROP : XDP_PASS;
}

u64 seen;

SEC("fexit/decide")
int count(u64 *ctx)
{
	seen += ctx[1]; /* the length */
	return 0;
}

/* Refused: a tracing program returns 0. */
SEC("fentry/filter")
int watch(u64 *ctx)
{
	return ctx[0] != 0;
}

LICENSE("GPL");
