// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	u8 *end = (void *)(long)ctx->data_end; //~ NOTE

	return end[0]; //~ ERROR BV0904
}

SEC("xdp")
int repaired(struct xdp_md *ctx)
{
	u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 1 > end)
		return XDP_PASS;
	return data[0];
}

LICENSE("GPL");
