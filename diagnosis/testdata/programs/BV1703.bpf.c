// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("fentry/_printk")
int refused(u64 *ctx)
{
	return 0; //~ ERROR BV1703
}

SEC("fentry/vfs_unlink")
int repaired(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
