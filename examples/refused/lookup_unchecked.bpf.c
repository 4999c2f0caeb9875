//go:build ignore

// SPDX-License-Identifier: MIT
/* Refused: what a lookup returns may be NULL. */
#include "../bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, u64);
} calls SEC(".maps");

SEC("tracepoint/raw_syscalls/sys_enter")
int count(void *ctx)
{
	u32 pid = bpf_get_current_pid_tgid() >> 32;
	u64 *n = bpf_map_lookup_elem(&calls, &pid);

	*n += 1;
	return 0;
}

LICENSE("GPL");
