// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("lsm/file_opens")
int refused(u64 *ctx) //~ ERROR BV1708
{
	return 0;
}

SEC("lsm/file_open")
int repaired(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
