// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

char data[128];

SEC("tc")
int refused(struct __sk_buff *skb)
{
	u32 len = skb->len; //~ NOTE

	bpf_ringbuf_output(&events, data, len, 0); //~ ERROR BV0105
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	u32 len = skb->len;

	if (len > sizeof(data))
		return 0;
	bpf_ringbuf_output(&events, data, len, 0);
	return 0;
}

LICENSE("GPL");
