// SPDX-License-Identifier: MIT
#include "bpf.h"

struct __attribute__((packed)) record {
	u8 kind;
	u64 value;
};

SEC("xdp")
int refused(void *ctx)
{
	struct record r = {};

	asm volatile("*(u64 *)(%0 + 1) = %1" :: "r"(&r), "r"(bpf_ktime_get_ns()) : "memory"); //~ ERROR BV0110
	return r.kind;
}

SEC("xdp")
int repaired(void *ctx)
{
	struct record r = {};

	r.value = bpf_ktime_get_ns();
	barrier_var(r.kind);
	return r.kind;
}

LICENSE("GPL");
