// SPDX-License-Identifier: MIT
#include "bpf.h"

extern const void no_such_symbol __ksym;

SEC("raw_tp/sys_enter")
int refused(void *ctx)
{
	return (long)&no_such_symbol & 1; //~ ERROR BV2202
}

LICENSE("GPL");
