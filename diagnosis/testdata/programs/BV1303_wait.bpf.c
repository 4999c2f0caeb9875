// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	u64 until = bpf_ktime_get_ns() + 1000;

	while (bpf_ktime_get_ns() < until) //~ ERROR BV1303
		;
	return 0;
}

static int expired(u32 i, u64 *until)
{
	return bpf_ktime_get_ns() >= *until;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	u64 until = bpf_ktime_get_ns() + 1000;

	bpf_loop(100, expired, &until, 0);
	return 0;
}

LICENSE("GPL");
