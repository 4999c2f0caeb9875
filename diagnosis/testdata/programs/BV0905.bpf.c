// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end; //~ NOTE

	barrier_var(end);
	end -= 14; //~ ERROR BV0905
	if (data > end)
		return XDP_PASS;
	return data[13];
}

SEC("xdp")
int repaired(struct xdp_md *ctx)
{
	u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 14 > end)
		return XDP_PASS;
	return data[13];
}

LICENSE("GPL");
