// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	struct bpf_iter_num it;
	int *i, sum = 0;

	bpf_iter_num_new(&it, 0, 10); //~ NOTE
	while ((i = bpf_iter_num_next(&it))) //~ NOTE
		sum += *i;
	return sum; //~ ERROR BV0301
}

SEC("xdp")
int repaired(void *ctx)
{
	struct bpf_iter_num it;
	int *i, sum = 0;

	bpf_iter_num_new(&it, 0, 10);
	while ((i = bpf_iter_num_next(&it)))
		sum += *i;
	bpf_iter_num_destroy(&it);
	return sum;
}

LICENSE("GPL");
