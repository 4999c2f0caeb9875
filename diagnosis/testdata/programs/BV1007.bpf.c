// SPDX-License-Identifier: MIT
#include "bpf.h"

static const char format[] = "%d and %Z";
static const char good[] = "%d and %u";
char out[32];

SEC("xdp")
int refused(void *ctx)
{
	u64 args[2] = {1, 2};

	bpf_snprintf(out, sizeof(out), format, args, sizeof(args)); //~ ERROR BV1007
	return XDP_PASS;
}

SEC("xdp")
int repaired(void *ctx)
{
	u64 args[2] = {1, 2};

	bpf_snprintf(out, sizeof(out), good, args, sizeof(args));
	return XDP_PASS;
}

LICENSE("GPL");
