// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	u32 word = 0;

	bpf_skb_load_bytes(ctx, 0, &word, sizeof(word)); //~ ERROR BV1601
	return XDP_PASS;
}

SEC("xdp")
int repaired(struct xdp_md *ctx)
{
	u32 word = 0;

	bpf_xdp_load_bytes(ctx, 0, &word, sizeof(word));
	return XDP_PASS;
}

LICENSE("GPL");
