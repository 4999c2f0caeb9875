// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	__type(key, u64);
	__type(value, u64);
} storage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u32);
} devices SEC(".maps");

SEC("syscall")
int refused(void *ctx)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&devices, &key) != NULL; //~ ERROR BV1802
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u32);
} numbers SEC(".maps");

SEC("syscall")
int repaired(void *ctx)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&numbers, &key) != NULL;
}

LICENSE("GPL");
