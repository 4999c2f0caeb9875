// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end; //~ NOTE

	if (data + 14 > end) //~ NOTE
		return XDP_PASS;
	return data[14] == 0x45 ? XDP_DROP : XDP_PASS; //~ ERROR BV0107
}

SEC("xdp")
int repaired(struct xdp_md *ctx)
{
	u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 15 > end)
		return XDP_PASS;
	return data[14] == 0x45 ? XDP_DROP : XDP_PASS;
}

LICENSE("GPL");
