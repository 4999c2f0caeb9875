// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(struct xdp_md *ctx) //~ NOTE
{
	u64 data = (u64)ctx, left = 4096;

	barrier_var(left);
	left -= data; //~ ERROR BV0908
	return left >> 63;
}

SEC("xdp")
int repaired(struct xdp_md *ctx)
{
	u32 left = 4096 - (ctx->data_end - ctx->data);

	return left >> 31;
}

LICENSE("GPL");
