// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tc")
int refused(void *ctx)
{
	int *v = bpf_obj_new(int); //~ ERROR BV0310

	if (v)
		bpf_obj_drop(v);
	return 0;
}

struct item {
	int value;
};

SEC("tc")
int repaired(void *ctx)
{
	struct item *v = bpf_obj_new(struct item);

	if (v)
		bpf_obj_drop(v);
	return 0;
}

LICENSE("GPL");
