// A perf event array that its loader gives sizes to, and the number of CPUs.
#include "../../examples/bpf.h"

struct __sk_buff {
	u32 len;
};

static long (*const bpf_perf_event_output)(void *ctx, void *map, u64 flags, const void *data, u64 size) = (void *)25;

struct {
	__uint(type, 4); // perf event array
} events SEC(".maps");

SEC("classifier/egress") int report(struct __sk_buff *skb)
{
	u32 len = skb->len;

	bpf_perf_event_output(skb, &events, 0xffffffffULL, &len, sizeof(len));
	return 0;
}

LICENSE("GPL");
