// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb) //~ NOTE
{
	struct sk_buff *kskb = bpf_rdonly_cast(skb, 1); //~ ERROR BV0312

	return kskb->len;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct sk_buff *kskb = bpf_rdonly_cast(skb, bpf_core_type_id_kernel(struct sk_buff));

	return kskb->len;
}

LICENSE("GPL");
