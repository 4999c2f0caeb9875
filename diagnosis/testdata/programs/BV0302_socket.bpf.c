// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk; //~ NOTE

	if (sk) //~ NOTE
		bpf_sk_release(sk); //~ ERROR BV0302
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple), -1, 0);

	if (sk)
		bpf_sk_release(sk);
	return 0;
}

LICENSE("GPL");
