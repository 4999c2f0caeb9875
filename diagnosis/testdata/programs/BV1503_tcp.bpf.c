// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct bpf_tcp_sock *tp;

	if (!sk)
		return 0;
	tp = bpf_tcp_sock(sk); //~ NOTE
	if (!tp) //~ NOTE
		return 0;
	return tp[20].snd_cwnd; //~ ERROR BV1503
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct bpf_tcp_sock *tp;

	if (!sk)
		return 0;
	tp = bpf_tcp_sock(sk);
	return tp ? tp->snd_cwnd : 0;
}

LICENSE("GPL");
