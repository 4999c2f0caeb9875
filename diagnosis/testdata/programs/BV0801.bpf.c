// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx) //~ NOTE
{
	struct bpf_iter_num it;
	int *i = bpf_iter_num_next(&it); //~ ERROR BV0801

	return i ? *i : 0;
}

SEC("xdp")
int repaired(void *ctx)
{
	struct bpf_iter_num it;
	int *i, first = 0;

	bpf_iter_num_new(&it, 0, 10);
	i = bpf_iter_num_next(&it);
	if (i)
		first = *i;
	bpf_iter_num_destroy(&it);
	return first;
}

LICENSE("GPL");
