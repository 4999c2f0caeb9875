// SPDX-License-Identifier: MIT
#include "bpf.h"

struct tcp_congestion_ops {
	u32 (*ssthresh)(void *sk);
	void (*cong_avoid)(void *sk, u32 ack, u32 acked);
	u32 (*undo_cwnd)(void *sk);
	char name[16];
};

SEC("struct_ops")
int repaired(u64 *ctx)
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
	.ssthresh = (void *)repaired,
	.cong_avoid = (void *)cong_avoid,
	.undo_cwnd = (void *)undo_cwnd,
	.name = "bpf_mine",
};

LICENSE("GPL");
