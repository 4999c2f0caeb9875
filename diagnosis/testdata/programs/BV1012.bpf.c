// SPDX-License-Identifier: MIT
#include "bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	__type(key, u64);
	__type(value, u64);
} storage SEC(".maps");

SEC("cgroup_skb/egress")
int refused(void *ctx)
{
	u64 *v = bpf_get_local_storage(&storage, 1); //~ ERROR BV1012

	return *v & 1;
}

SEC("cgroup_skb/egress")
int repaired(void *ctx)
{
	u64 *v = bpf_get_local_storage(&storage, 0);

	return *v & 1;
}

LICENSE("GPL");
