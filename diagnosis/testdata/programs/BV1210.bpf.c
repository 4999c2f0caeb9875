// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__uint(value_size, 4);
} programs SEC(".maps");

static __noinline void next_void(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &programs, 1); //~ ERROR BV1210
}

static __noinline int next(struct __sk_buff *skb)
{
	bpf_tail_call(skb, &programs, 1);
	return 0;
}

SEC("tc")
int refused(struct __sk_buff *skb)
{
	next_void(skb);
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	return next(skb);
}

LICENSE("GPL");
