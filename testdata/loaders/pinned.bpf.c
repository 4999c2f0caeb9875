// A map with a value of pinning that is its program's own.
#include "../../examples/bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
	__uint(pinning, 7);
} state SEC(".maps");

SEC("xdp") int count(struct xdp_md *ctx)
{
	u32 key = 0;
	u64 *n = bpf_map_lookup_elem(&state, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	return XDP_PASS;
}

LICENSE("GPL");
