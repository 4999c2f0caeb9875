// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	ctx->ingress_ifindex = 1; //~ ERROR BV1501
	return XDP_PASS;
}

SEC("xdp")
int repaired(struct xdp_md *ctx)
{
	return ctx->ingress_ifindex == 1 ? XDP_PASS : XDP_DROP;
}

LICENSE("GPL");
