// SPDX-License-Identifier: MIT
#include "bpf.h"

struct bpf_no_such_ops {
	int (*init)(void);
};

SEC("struct_ops")
int refused(u64 *ctx)
{
	return 0;
}

SEC(".struct_ops")
struct bpf_no_such_ops ops = { //~ ERROR BV2401
	.init = (void *)refused,
};

LICENSE("GPL");
