// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, 31); /* BPF_MAP_TYPE_USER_RINGBUF */
	__uint(max_entries, 4096);
} commands SEC(".maps");

u64 value;

static long (*const drain)(void *map, void *cb, void *ctx, u64 flags) = (void *)209;

static long fill(struct bpf_dynptr *ptr, void *ctx)
{
	bpf_dynptr_from_mem(&value, sizeof(value), 0, ptr); //~ ERROR BV0702
	return 0;
}

static long read(struct bpf_dynptr *ptr, void *ctx)
{
	struct bpf_dynptr mine;

	bpf_dynptr_from_mem(&value, sizeof(value), 0, &mine);
	return 0;
}

SEC("tc")
int refused(void *ctx)
{
	drain(&commands, fill, NULL, 0); //~ NOTE
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	drain(&commands, read, NULL, 0);
	return 0;
}

LICENSE("GPL");
