// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("cgroup_skb/ingress")
int refused(struct __sk_buff *skb)
{
	return (long)skb; //~ ERROR BV1202
}

SEC("cgroup_skb/ingress")
int repaired(struct __sk_buff *skb)
{
	return skb->len > 100;
}

LICENSE("GPL");
