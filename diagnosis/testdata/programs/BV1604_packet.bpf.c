// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_skb((void *)ctx, 0, &ptr); //~ ERROR BV1604
	return XDP_PASS;
}

SEC("xdp")
int repaired(struct xdp_md *ctx)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_xdp(ctx, 0, &ptr);
	return XDP_PASS;
}

LICENSE("GPL");
