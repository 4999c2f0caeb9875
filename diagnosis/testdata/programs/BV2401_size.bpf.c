// SPDX-License-Identifier: MIT
#include "bpf.h"

struct tcp_congestion_ops {
	u32 (*ssthresh)(void *sk);
	void (*cong_avoid)(void *sk, u32 ack, u32 acked);
	u32 (*undo_cwnd)(void *sk);
	u64 flags[3];
	char name[16];
};

SEC("struct_ops")
int refused(u64 *ctx)
{
	return 2;
}

SEC("struct_ops")
void cong_avoid(u64 *ctx)
{
}

SEC("struct_ops")
int undo_cwnd(u64 *ctx)
{
	return 2;
}

SEC(".struct_ops")
struct tcp_congestion_ops ops = {
	.ssthresh = (void *)refused,
	.cong_avoid = (void *)cong_avoid,
	.undo_cwnd = (void *)undo_cwnd,
	.flags = { 1 }, //~ ERROR BV2401
	.name = "bpf_mine",
};

LICENSE("GPL");
