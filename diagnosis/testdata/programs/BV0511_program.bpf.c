// SPDX-License-Identifier: MIT
//~ KERNEL 7.3
#include "bpf.h"

char data[16];

SEC("fentry/bpf_fentry_test1")
int refused(void *ctx)
{
	bpf_copy_from_user(data, sizeof(data), NULL); //~ ERROR BV0511
	return 0;
}

SEC("fentry.s/bpf_fentry_test1")
int repaired(void *ctx)
{
	bpf_copy_from_user(data, sizeof(data), NULL);
	return 0;
}

LICENSE("GPL");
