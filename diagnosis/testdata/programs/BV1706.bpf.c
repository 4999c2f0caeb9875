// SPDX-License-Identifier: MIT
#include "bpf.h"

struct tcp_congestion_ops {
	u64 (*get_info)(void *sk, u32 ext, int *attr, void *info);
	u32 (*ssthresh)(void *sk);
	char name[16];
};

SEC("struct_ops")
int refused(u64 *ctx) //~ ERROR BV1706
{
	return 0;
}

SEC("struct_ops")
int repaired(u64 *ctx)
{
	return 2;
}

SEC(".struct_ops")
struct tcp_congestion_ops ops = {
	.get_info = (void *)refused,
	.ssthresh = (void *)repaired,
	.name = "bpf_mine",
};

LICENSE("GPL");
