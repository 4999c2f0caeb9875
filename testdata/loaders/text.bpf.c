// Programs for iproute2, which appends all of .text to a section that calls something in it, and calls the first function
// there for each global one.
#include "../../examples/bpf.h"

struct __sk_buff {
	u32 len;
};

struct {
	u32 type, size_key, size_value, max_elem, flags;
} hits SEC("maps") = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = 4,
	.size_value = 8,
	.max_elem = 1,
};

__attribute__((noinline)) int first(u32 len)
{
	u32 key = 0;
	u64 *n = bpf_map_lookup_elem(&hits, &key);

	if (n)
		*n += len;
	return 0;
}

__attribute__((noinline)) int second(u32 len)
{
	return len > 1500;
}

SEC("classifier") int long_ones(struct __sk_buff *skb)
{
	return second(skb->len); // first, by iproute2
}

SEC("action") int none(struct __sk_buff *skb)
{
	return 0;
}

LICENSE("GPL");
