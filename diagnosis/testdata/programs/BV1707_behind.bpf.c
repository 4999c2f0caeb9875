// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("socket/main")
int refused(struct __sk_buff *skb) //~ ERROR BV1707
{
	return 0;
}

SEC("socket")
int repaired(struct __sk_buff *skb)
{
	return 0;
}

LICENSE("GPL");
