// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u32);
} numbers SEC(".maps");

SEC("xdp")
int refused(void *ctx)
{
	return bpf_redirect_map(&numbers, 0, XDP_PASS); //~ ERROR BV1008
}

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u32);
} devices SEC(".maps");

SEC("xdp")
int repaired(void *ctx)
{
	return bpf_redirect_map(&devices, 0, XDP_PASS);
}

LICENSE("GPL");
