// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

char path[256];

SEC("raw_tp/sys_enter")
int refused(void *ctx)
{
	s32 len = bpf_probe_read_kernel_str(path, sizeof(path), ctx);

	bpf_ringbuf_output(&events, path, len, 0); //~ ERROR BV0104
	return 0;
}

SEC("raw_tp/sys_enter")
int repaired(void *ctx)
{
	s32 len = bpf_probe_read_kernel_str(path, sizeof(path), ctx);

	if (len > 0)
		bpf_ringbuf_output(&events, path, len, 0);
	return 0;
}

LICENSE("GPL");
