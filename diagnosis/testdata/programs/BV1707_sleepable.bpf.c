// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("tp_btf.sleepable/sys_enter")
int refused(u64 *ctx) //~ ERROR BV1707
{
	return 0;
}

SEC("tp_btf/sys_enter")
int repaired(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
