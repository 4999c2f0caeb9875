// SPDX-License-Identifier: MIT
#include "bpf.h"

extern int bpf_no_such_function(int n) __ksym __weak;

SEC("tc")
int repaired(void *ctx)
{
	if (!bpf_ksym_exists(bpf_no_such_function))
		return 0;
	return bpf_no_such_function(1);
}

LICENSE("GPL");
