// SPDX-License-Identifier: MIT
#include "bpf.h"

extern int CONFIG_HZ __attribute__((section(".settings")));

SEC("tc")
int refused(void *ctx)
{
	return CONFIG_HZ; //~ ERROR BV2203
}

LICENSE("GPL");
