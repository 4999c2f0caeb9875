// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("tc")
int refused(struct __sk_buff *skb)
{
	u32 len = skb->len;
	void *e = bpf_ringbuf_reserve(&events, len & 63, 0); //~ ERROR BV1003

	if (e)
		bpf_ringbuf_discard(e, 0);
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	void *e = bpf_ringbuf_reserve(&events, 64, 0);

	if (e)
		bpf_ringbuf_discard(e, 0);
	return 0;
}

LICENSE("GPL");
