// SPDX-License-Identifier: MIT
#include "bpf.h"

struct tcp_congestion_ops {
	u32 (*ssthresh)(void *sk);
	char name[16];
};

SEC("struct_ops")
int repaired(u64 *ctx)
{
	return 2;
}

SEC(".struct_ops")
struct tcp_congestion_ops ops = {
	.ssthresh = (void *)repaired,
	.name = "bpf_mine",
};

LICENSE("GPL");
