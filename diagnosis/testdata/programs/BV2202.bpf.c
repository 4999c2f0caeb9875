// SPDX-License-Identifier: MIT
#include "bpf.h"

extern const int no_such_variable __ksym;

SEC("tc")
int refused(void *ctx)
{
	return no_such_variable; //~ ERROR BV2202
}

LICENSE("GPL");
