// SPDX-License-Identifier: MIT
#include "bpf.h"

extern int CONFIG_NO_SUCH_OPTION __kconfig __weak;

SEC("tc")
int repaired(void *ctx)
{
	return CONFIG_NO_SUCH_OPTION;
}

LICENSE("GPL");
