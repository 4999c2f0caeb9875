// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple), -1, 0); //~ NOTE
	u32 family = sk->family; //~ ERROR BV0902

	if (sk)
		bpf_sk_release(sk);
	return family;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple), -1, 0);
	u32 family = 0;

	if (sk) {
		family = sk->family;
		bpf_sk_release(sk);
	}
	return family;
}

LICENSE("GPL");
