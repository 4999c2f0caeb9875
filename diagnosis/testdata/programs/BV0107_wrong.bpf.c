// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end; //~ NOTE

	if (data + 4 < end) //~ NOTE
		return XDP_PASS;
	return data[0]; //~ ERROR BV0107
}

SEC("xdp")
int repaired(struct xdp_md *ctx)
{
	u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 4 > end)
		return XDP_PASS;
	return data[0];
}

LICENSE("GPL");
