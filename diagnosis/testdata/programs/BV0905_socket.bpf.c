// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	u32 i = skb->mark & 3;

	if (!sk)
		return 0;
	sk = bpf_sk_fullsock(sk); //~ NOTE
	if (!sk) //~ NOTE
		return 0;
	return sk->src_ip6[i]; //~ ERROR BV0905
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	return sk->src_ip6[3];
}

LICENSE("GPL");
