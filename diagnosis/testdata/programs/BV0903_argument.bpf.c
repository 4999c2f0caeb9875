// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("raw_tp/sys_enter")
int refused(u64 *ctx)
{
	u64 *regs = (void *)ctx[0]; //~ NOTE

	return regs[0] & 1; //~ ERROR BV0903
}

SEC("raw_tp/sys_enter")
int repaired(u64 *ctx)
{
	u64 first = 0;

	bpf_probe_read_kernel(&first, sizeof(first), (void *)ctx[0]);
	return first & 1;
}

LICENSE("GPL");
