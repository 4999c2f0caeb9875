// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("classifier_of_mine")
int refused(struct __sk_buff *skb) //~ ERROR BV1707
{
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	return 0;
}

LICENSE("GPL");
