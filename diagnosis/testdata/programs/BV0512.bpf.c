// SPDX-License-Identifier: MIT
#include "bpf.h"

char data[16];

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	bpf_copy_from_user_str(data, sizeof(data), NULL, 0); //~ ERROR BV0512
	return 0;
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	bpf_probe_read_user(data, sizeof(data), NULL);
	return 0;
}

LICENSE("GPL");
