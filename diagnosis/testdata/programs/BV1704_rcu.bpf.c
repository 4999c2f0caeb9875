// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("fentry/__rcu_read_lock")
int refused(u64 *ctx)
{
	return 0; //~ ERROR BV1704
}

SEC("fentry/vfs_unlink")
int repaired(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
