// SPDX-License-Identifier: MIT
#include "bpf.h"

struct event {
	u64 pid;
	u64 time;
};

__noinline int fill(struct event *e)
{
	if (!e)
		return 0;
	e->time = bpf_ktime_get_ns();
	return 1;
}

SEC("tc")
int refused(void *ctx) //~ NOTE
{
	u64 pid = 0;

	return fill((void *)&pid); //~ ERROR BV1203
}

SEC("tc")
int repaired(void *ctx)
{
	struct event e = {};

	return fill(&e);
}

LICENSE("GPL");
