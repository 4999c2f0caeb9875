// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("lsm/bprm_check_security")
int refused(u64 *ctx) //~ ERROR BV1705
{
	return 0;
}

SEC("socket")
int repaired(void *ctx)
{
	return 0;
}

LICENSE("Proprietary");
