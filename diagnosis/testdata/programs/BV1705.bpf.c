// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("lsm/bprm_check_security")
int refused(u64 *ctx)
{
	return 0; //~ ERROR BV1705
}

SEC("socket")
int repaired(void *ctx)
{
	return 0;
}

LICENSE("Proprietary");
