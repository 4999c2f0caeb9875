// SPDX-License-Identifier: MIT
#include "bpf.h"

char wanted[8] = "bash";
static const char name[] = "bash";

SEC("tp_btf/task_newtask")
int refused(u64 *ctx)
{
	char comm[16] = {};

	return bpf_strncmp(comm, sizeof(comm), wanted) == 0; //~ ERROR BV1006
}

SEC("tp_btf/task_newtask")
int repaired(u64 *ctx)
{
	char comm[16] = {};

	return bpf_strncmp(comm, sizeof(comm), name) == 0;
}

LICENSE("GPL");
