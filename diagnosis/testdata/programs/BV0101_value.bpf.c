// SPDX-License-Identifier: MIT
#include "bpf.h"

struct event {
	u32 pid;
	char comm[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, struct event);
} events SEC(".maps");

SEC("xdp")
int refused(void *ctx)
{
	u32 key = 1;
	struct event *e = bpf_map_lookup_elem(&events, &key); //~ NOTE

	if (!e) //~ NOTE
		return XDP_PASS;
	return *(u8 *)(e + 1); //~ ERROR BV0101
}

SEC("xdp")
int repaired(void *ctx)
{
	u32 key = 1;
	struct event *e = bpf_map_lookup_elem(&events, &key);

	if (!e)
		return XDP_PASS;
	return e->comm[sizeof(e->comm) - 1];
}

LICENSE("GPL");
