// SPDX-License-Identifier: MIT
#include "bpf.h"

struct item {
	u64 first;
	u64 second;
};

SEC("tc")
int refused(void *ctx)
{
	struct item *it = bpf_obj_new(struct item); //~ NOTE

	if (!it) //~ NOTE
		return 0;
	bpf_obj_drop(&it->second); //~ ERROR BV0303
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	struct item *it = bpf_obj_new(struct item);

	if (!it)
		return 0;
	bpf_obj_drop(it);
	return 0;
}

LICENSE("GPL");
