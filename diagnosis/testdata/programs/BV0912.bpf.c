// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("cgroup_skb/egress")
int refused(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk; //~ NOTE
	void *either = sk;

	if (!sk) //~ NOTE
		return 1;
	if (skb->mark)
		asm volatile("%0 = %1;" : "=r"(either) : "r"(skb));
	asm volatile("r0 = *(u32 *)(%0 + 4);" :: "r"(either) : "r0"); //~ ERROR BV0912
	return 1;
}

SEC("cgroup_skb/egress")
int repaired(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return 1;
	return skb->pkt_type == sk->family;
}

LICENSE("GPL");
