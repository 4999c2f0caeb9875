// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk; //~ NOTE

	if (!sk) //~ NOTE
		return 0;
	return sk->protocol; //~ ERROR BV1503
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	return sk ? sk->protocol : 0;
}

LICENSE("GPL");
