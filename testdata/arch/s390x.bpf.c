//go:build ignore

// SPDX-License-Identifier: MIT
/* Programs that look at registers as s390x has them, in its byte order, and one that looks at none. */
#include "../../examples/bpf.h"

struct user_pt_regs {
	u64 gprs[16];
	u64 sp, pc, pstate;
} __attribute__((preserve_access_index));

u64 seen;

SEC("kprobe/do_unlinkat")
int second_argument(struct user_pt_regs *ctx)
{
	seen = ctx->gprs[3];
	return 0;
}

SEC("kprobe/do_unlinkat")
int no_such_register(struct user_pt_regs *ctx)
{
	seen = *(u64 *)((char *)ctx + 400);
	return 0;
}

SEC("tracepoint/sched/sched_switch")
int count(void *ctx)
{
	seen++;
	return 0;
}

LICENSE("GPL");
