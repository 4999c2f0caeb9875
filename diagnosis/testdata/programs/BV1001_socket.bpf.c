// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	return bpf_sk_fullsock((void *)skb) != NULL; //~ ERROR BV1001
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk && bpf_sk_fullsock(sk) != NULL;
}

LICENSE("GPL");
