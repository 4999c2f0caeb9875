/* SPDX-License-Identifier: MIT */
#pragma once
#include "../../../examples/ownership/ownership.h"

static long (*const bpf_loop)(u32 nr_loops, void *callback_fn, void *callback_ctx, u64 flags) = (void *)181;

/* may_loop lets a loop of any length pass the verifier. */
#define may_loop \
	({ \
		__label__ ends, goes; \
		bool more = 1; \
		asm volatile goto("may_goto %l[ends]" :::: ends); \
		goto goes; \
	ends: \
		more = 0; \
	goes: \
		more; \
	})

/* hide keeps the compiler from knowing a value. */
#define hide(x) asm volatile("" : "+r"(x))
