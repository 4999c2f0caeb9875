// SPDX-License-Identifier: MIT
#include "bpf.h"

extern const int no_such_variable __ksym __weak;

SEC("tc")
int repaired(void *ctx)
{
	return &no_such_variable != NULL;
}

LICENSE("GPL");
