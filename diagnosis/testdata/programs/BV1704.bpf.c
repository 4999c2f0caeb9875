// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("fmod_ret/do_unlinkat")
int refused(u64 *ctx) //~ ERROR BV1704
{
	return 0;
}

SEC("fmod_ret/bpf_modify_return_test")
int repaired(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
