// SPDX-License-Identifier: MIT
#include "bpf.h"

__noinline int failed(u64 cookie, u64 more)
{
	return 0;
}

__noinline int caught(u64 cookie)
{
	return 0;
}

SEC("tc")
__exception_cb(failed)
int refused(struct __sk_buff *skb)
{
	if (skb->len > 100)
		bpf_throw(1); //~ ERROR BV1209
	return 0;
}

SEC("tc")
__exception_cb(caught)
int repaired(struct __sk_buff *skb)
{
	if (skb->len > 100)
		bpf_throw(1);
	return 0;
}

LICENSE("GPL");
