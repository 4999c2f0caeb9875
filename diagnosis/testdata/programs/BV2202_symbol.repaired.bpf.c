// SPDX-License-Identifier: MIT
#include "bpf.h"

extern const void no_such_symbol __ksym __weak;

SEC("raw_tp/sys_enter")
int repaired(void *ctx)
{
	return (long)&no_such_symbol & 1;
}

LICENSE("GPL");
