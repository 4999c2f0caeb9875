// SPDX-License-Identifier: MIT
#include "bpf.h"

extern int CONFIG_NO_SUCH_OPTION __kconfig;

SEC("tc")
int refused(void *ctx)
{
	return CONFIG_NO_SUCH_OPTION; //~ ERROR BV2202
}

LICENSE("GPL");
