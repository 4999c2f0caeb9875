// The type of what the ring buffer holds is given, so that bpf2go makes a Go type of it.
#include "../../examples/bpf.h"

struct event {
	u32 len;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
	__type(value, struct event);
} events SEC(".maps");

SEC("xdp") int report(struct xdp_md *ctx)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e)
		return XDP_PASS;
	e->len = 1;
	bpf_ringbuf_submit(e, 0);
	return XDP_PASS;
}

LICENSE("GPL");
