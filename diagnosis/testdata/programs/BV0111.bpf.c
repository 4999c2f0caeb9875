// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("iter/bpf_map_elem")
int refused(void **ctx)
{
	u32 *key = ctx[2]; //~ NOTE
	u32 i = bpf_get_prandom_u32() & 3;

	if (!key) //~ NOTE
		return 0;
	return key[i] & 1; //~ ERROR BV0111
}

SEC("iter/bpf_map_elem")
int repaired(void **ctx)
{
	u32 *key = ctx[2];

	if (!key)
		return 0;
	return key[0] & 1;
}

LICENSE("GPL");
