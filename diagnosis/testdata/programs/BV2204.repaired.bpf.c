// SPDX-License-Identifier: MIT
#include "bpf.h"

extern int CONFIG_HZ __kconfig;

SEC("tc")
int repaired(void *ctx)
{
	return CONFIG_HZ;
}

LICENSE("GPL");
