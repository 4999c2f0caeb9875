// SPDX-License-Identifier: MIT
#include "bpf.h"

extern bool CONFIG_HZ __kconfig;

SEC("tc")
int refused(void *ctx)
{
	return CONFIG_HZ; //~ ERROR BV2204
}

LICENSE("GPL");
