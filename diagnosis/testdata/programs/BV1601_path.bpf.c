// SPDX-License-Identifier: MIT
#include "bpf.h"

char name[64];

SEC("kprobe/vfs_unlink")
int refused(void *ctx)
{
	bpf_d_path(ctx, name, sizeof(name)); //~ ERROR BV1601
	return 0;
}

SEC("fentry/bpf_fentry_test1")
int repaired(void *ctx)
{
	bpf_get_current_comm(name, 16);
	return 0;
}

LICENSE("GPL");
