// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("kprobe/vfs_unlink")
int refused(void *ctx)
{
	char buf[64] = {};
	long len = bpf_get_stack(ctx, buf, sizeof(buf), 0); //~ NOTE

	bpf_ringbuf_output(&events, buf, len, 0); //~ ERROR BV0104
	return 0;
}

SEC("kprobe/vfs_unlink")
int repaired(void *ctx)
{
	char buf[64] = {};
	long len = bpf_get_stack(ctx, buf, sizeof(buf), 0);

	if (len <= 0)
		return 0;
	bpf_ringbuf_output(&events, buf, len, 0);
	return 0;
}

LICENSE("GPL");
