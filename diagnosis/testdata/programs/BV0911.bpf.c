// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&skb->mark, 1); //~ ERROR BV0911
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	skb->mark += 1;
	return 0;
}

LICENSE("GPL");
