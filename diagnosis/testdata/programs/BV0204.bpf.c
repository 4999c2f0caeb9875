// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	void *saved[1] = {ctx};

	barrier();
	return ((volatile u32 *)saved)[0]; //~ ERROR BV0204
}

SEC("xdp")
int repaired(void *ctx)
{
	struct xdp_md *volatile saved = ctx;

	return saved->ingress_ifindex & 1;
}

LICENSE("GPL");
