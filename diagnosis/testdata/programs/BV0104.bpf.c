// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

char data[64];

SEC("tc")
int refused(struct __sk_buff *skb)
{
	int len = skb->len - 14;

	if (len > (int)sizeof(data))
		return 0;
	bpf_perf_event_output(skb, &events, 0, data, len); //~ ERROR BV0104
	return 0;
}

SEC("tc")
int repaired(struct __sk_buff *skb)
{
	int len = skb->len - 14;

	if (len < 0 || len > (int)sizeof(data))
		return 0;
	bpf_perf_event_output(skb, &events, 0, data, len);
	return 0;
}

LICENSE("GPL");
