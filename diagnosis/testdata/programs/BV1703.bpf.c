// SPDX-License-Identifier: MIT
#include "bpf.h"

SEC("fentry/_printk")
int refused(u64 *ctx) //~ ERROR BV1703
{
	return 0;
}

SEC("fentry/vfs_unlink")
int repaired(u64 *ctx)
{
	return 0;
}

LICENSE("GPL");
