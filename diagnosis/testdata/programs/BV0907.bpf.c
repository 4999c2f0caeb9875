// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	u64 data = (long)ctx->data; //~ NOTE
	u64 sum;

	barrier_var(data);
	sum = data + (u64)ctx; //~ ERROR BV0907
	return sum & 1;
}

SEC("xdp")
int repaired(struct xdp_md *ctx)
{
	u64 size = ctx->data_end - ctx->data;

	return size > 100 ? XDP_DROP : XDP_PASS;
}

LICENSE("GPL");
