// SPDX-License-Identifier: MIT
#include "bpf.h"

extern int bpf_no_such_function(int n) __ksym;

SEC("tc")
int refused(void *ctx)
{
	return bpf_no_such_function(1); //~ ERROR BV2201
}

LICENSE("GPL");
