// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	struct bpf_iter_num it;
	int first;

	bpf_iter_num_new(&it, 0, 10);
	first = *bpf_iter_num_next(&it); //~ ERROR BV0903
	bpf_iter_num_destroy(&it);
	return first;
}

SEC("xdp")
int repaired(void *ctx)
{
	struct bpf_iter_num it;
	int first = 0, *i;

	bpf_iter_num_new(&it, 0, 10);
	i = bpf_iter_num_next(&it);
	if (i)
		first = *i;
	bpf_iter_num_destroy(&it);
	return first;
}

LICENSE("GPL");
