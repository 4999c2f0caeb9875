// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("cgroup_skb/ingress")
__naked int refused(struct __sk_buff *skb)
{
	asm volatile("r0 = r1;" //~ NOTE
		     "exit;"); //~ ERROR BV1202
}

SEC("cgroup_skb/ingress")
__naked int repaired(struct __sk_buff *skb)
{
	asm volatile("r0 = 1;"
		     "exit;");
}

LICENSE("GPL");
