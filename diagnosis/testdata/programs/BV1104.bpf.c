// SPDX-License-Identifier: MIT
#include "bpf.h"

extern void __bpf_trap(void) __ksym;

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	if (ctx->ingress_ifindex == 1) //~ NOTE
		return XDP_DROP;
	__bpf_trap(); //~ ERROR BV1104
	return XDP_PASS;
}

SEC("xdp")
int repaired(struct xdp_md *ctx)
{
	if (ctx->ingress_ifindex == 1)
		return XDP_DROP;
	return XDP_PASS;
}

LICENSE("GPL");
