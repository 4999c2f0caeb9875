// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("xdp")
int refused(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10); //~ NOTE
	bpf_iter_num_new(&it, 0, 10); //~ ERROR BV0802
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("xdp")
int repaired(void *ctx)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_iter_num_destroy(&it);
	bpf_iter_num_new(&it, 0, 10);
	bpf_iter_num_destroy(&it);
	return 0;
}

LICENSE("GPL");
