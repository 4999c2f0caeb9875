// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("fmod_ret/vfs_unlink")
int refused(u64 *ctx)
{
	return 0; //~ ERROR BV1704
}

SEC("fmod_ret/bpf_modify_return_test")
int repaired(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
