// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("flow_dissector")
int refused(struct __sk_buff *skb)
{
	struct bpf_flow_keys *keys = skb->flow_keys; //~ NOTE

	keys[4].nhoff = 0; //~ ERROR BV0114
	return 0;
}

SEC("flow_dissector")
int repaired(struct __sk_buff *skb)
{
	struct bpf_flow_keys *keys = skb->flow_keys;

	keys->nhoff = 0;
	return 0;
}

LICENSE("GPL");
