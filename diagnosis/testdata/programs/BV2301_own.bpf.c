// SPDX-License-Identifier: MIT
#include "bpf.h"

struct own_record {
	u64 id, time;
} __core;

struct plain_record {
	u64 id, time;
};

SEC("tc")
int refused(void *ctx)
{
	struct own_record record = {};

	barrier_var(ctx);
	record.time = bpf_ktime_get_ns(); //~ ERROR BV2301
	barrier();
	return bpf_csum_diff(NULL, 0, (void *)&record, sizeof(record), 0);
}

SEC("tc")
int repaired(void *ctx)
{
	struct plain_record record = {};

	record.time = bpf_ktime_get_ns();
	return bpf_csum_diff(NULL, 0, (void *)&record, sizeof(record), 0);
}

LICENSE("GPL");
