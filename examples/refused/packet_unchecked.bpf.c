//go:build ignore

// SPDX-License-Identifier: MIT
/* Refused: the packet may be shorter than what is read. */
#include "../bpf.h"

SEC("xdp")
int first_bytes(struct xdp_md *ctx)
{
	u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;

	if (data + 12 > end)
		return XDP_PASS;
	return data[12] == 8 && data[13] == 0 ? XDP_DROP : XDP_PASS;
}

LICENSE("GPL");
