// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, char[256]);
} buffers SEC(".maps");

SEC("raw_tp/sys_enter")
int refused(void *ctx)
{
	u32 key = 0, at = bpf_get_current_pid_tgid(); //~ NOTE
	char *buf = bpf_map_lookup_elem(&buffers, &key); //~ NOTE

	if (!buf)
		return 0;
	buf[at] = 1; //~ ERROR BV0102
	return 0;
}

SEC("raw_tp/sys_enter")
int repaired(void *ctx)
{
	u32 key = 0, at = bpf_get_current_pid_tgid();
	char *buf = bpf_map_lookup_elem(&buffers, &key);

	if (!buf || at >= 256)
		return 0;
	buf[at] = 1;
	return 0;
}

LICENSE("GPL");
