// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	u32 type, key_size, value_size, max_entries;
} counts SEC("maps") = {1, 4, 4, 8}; //~ ERROR BV2002

SEC("xdp")
int refused(void *ctx)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&counts, &key) != NULL;
}

LICENSE("GPL");
