// SPDX-License-Identifier: MIT
#include "bpf.h"

char table[16];

SEC("xdp")
int refused(void *ctx)
{
	s64 i = bpf_ktime_get_ns(); //~ NOTE

	if (i < -8)
		return XDP_DROP;
	barrier_var(i);
	if (i >= 16) //~ NOTE
		return XDP_DROP;
	return table[i]; //~ ERROR BV0103
}

SEC("xdp")
int repaired(void *ctx)
{
	s64 i = bpf_ktime_get_ns();

	if (i < 0 || i >= 16)
		return XDP_DROP;
	return table[i];
}

LICENSE("GPL");
