// SPDX-License-Identifier: MIT
#include "bpf.h"

struct item {
	u64 value;
};

SEC("tc")
int refused(void *ctx)
{
	struct item *it = bpf_obj_new(struct item); //~ NOTE

	if (it) //~ NOTE
		it->value = 1;
	return 0; //~ ERROR BV0301
}

SEC("tc")
int repaired(void *ctx)
{
	struct item *it = bpf_obj_new(struct item);

	if (!it)
		return 0;
	it->value = 1;
	bpf_obj_drop(it);
	return 0;
}

LICENSE("GPL");
