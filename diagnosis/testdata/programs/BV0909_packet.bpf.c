// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(struct xdp_md *ctx)
{
	u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end; //~ NOTE
	u64 skip = bpf_ktime_get_ns(); //~ NOTE

	data += skip; //~ ERROR BV0909
	if (data + 1 > end)
		return XDP_PASS;
	return *data;
}

SEC("xdp")
int repaired(struct xdp_md *ctx)
{
	u8 *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	u64 skip = bpf_ktime_get_ns() & 1023;

	data += skip;
	if (data + 1 > end)
		return XDP_PASS;
	return *data;
}

LICENSE("GPL");
