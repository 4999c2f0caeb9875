// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, 31); /* BPF_MAP_TYPE_USER_RINGBUF */
	__uint(max_entries, 4096);
} commands SEC(".maps");

static long discard(struct bpf_dynptr *ptr, void *ctx)
{
	bpf_ringbuf_discard_dynptr(ptr, 0); //~ ERROR BV0704
	return 0;
}

static long read(struct bpf_dynptr *ptr, void *ctx)
{
	return 0;
}

static long (*const drain)(void *map, void *cb, void *ctx, u64 flags) = (void *)209;

SEC("tc")
int refused(void *ctx)
{
	drain(&commands, discard, NULL, 0); //~ NOTE
	return 0;
}

SEC("tc")
int repaired(void *ctx)
{
	drain(&commands, read, NULL, 0);
	return 0;
}

LICENSE("GPL");
