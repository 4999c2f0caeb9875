// SPDX-License-Identifier: MIT
#include "bpf.h"

struct bpf_iter_num in_map;

SEC("xdp")
int refused(void *ctx)
{
	bpf_iter_num_new(&in_map, 0, 10); //~ ERROR BV0803
	bpf_iter_num_destroy(&in_map);
	return 0;
}

SEC("xdp")
int repaired(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_iter_num_destroy(&it);
	return 0;
}

LICENSE("GPL");
