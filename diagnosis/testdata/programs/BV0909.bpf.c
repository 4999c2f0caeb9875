// SPDX-License-Identifier: MIT
#include "bpf.h"

int table[16];

SEC("xdp")
int refused(void *ctx)
{
	s64 i = bpf_ktime_get_ns(); //~ NOTE

	if (i >= 16) //~ NOTE
		return XDP_DROP;
	return table[i]; //~ ERROR BV0909
}

SEC("xdp")
int repaired(void *ctx)
{
	u64 i = bpf_ktime_get_ns();

	if (i >= 16)
		return XDP_DROP;
	return table[i];
}

LICENSE("GPL");
