// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("cgroup_skb/egress")
int refused(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk; //~ NOTE

	if (!sk) //~ NOTE
		return 1;
	sk->mark = 1; //~ ERROR BV0113
	return 1;
}

SEC("cgroup_skb/egress")
int repaired(struct __sk_buff *skb)
{
	skb->mark = 1;
	return 1;
}

LICENSE("GPL");
