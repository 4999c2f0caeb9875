// SPDX-License-Identifier: MIT
#include "bpf.h"

struct tcp_congestion_ops {
	u32 (*ssthresh)(void *sk);
	u32 (*undo_cwnd)(void *sk);
	char name[16];
};

SEC("struct_ops")
int refused(u64 *ctx)
{
	return 2;
}

SEC(".struct_ops")
struct tcp_congestion_ops ops = {
	.ssthresh = (void *)refused,
	.undo_cwnd = (void *)refused, //~ ERROR BV2402
	.name = "bpf_mine",
};

LICENSE("GPL");
