// SPDX-License-Identifier: MIT
#include "bpf.h"

struct ip {
	u8 ihl : 4, version : 4;
	u8 tos;
	u16 len;
};

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end; //~ NOTE
	struct ip *ip = data;
	u8 *next;

	if ((void *)(ip + 1) > end) //~ NOTE
		return XDP_PASS;
	next = data + ip->ihl * 4; //~ NOTE
	return *next; //~ ERROR BV0107
}

SEC("xdp")
int repaired(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ip *ip = data;
	u8 *next;

	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	next = data + ip->ihl * 4;
	if (next + 1 > (u8 *)end)
		return XDP_PASS;
	return *next;
}

LICENSE("GPL");
