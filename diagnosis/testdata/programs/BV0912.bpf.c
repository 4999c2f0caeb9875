// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("cgroup_skb/egress")
__naked int refused(void *ctx)
{
	asm volatile("r6 = r1;"
		     "r7 = *(u64 *)(r1 + 168);" /* sk */
		     "if r7 == 0 goto 2f;"
		     "r0 = *(u32 *)(r1 + 8);"
		     "if r0 == 0 goto 1f;" //~ NOTE
		     "r7 = r6;"
		     "1: r0 = *(u32 *)(r7 + 4);" //~ ERROR BV0912
		     "2: r0 = 1;"
		     "exit;");
}

SEC("cgroup_skb/egress")
int repaired(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return 1;
	return skb->pkt_type == sk->family;
}

LICENSE("GPL");
