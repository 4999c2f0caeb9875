// A program whose functions are in sections of their own, one of them static.
#include "../../examples/bpf.h"

SEC("lib/b") __attribute__((noinline)) int zeta(int n)
{
	return n + 3;
}

SEC("lib/a") __attribute__((noinline)) int alpha(int n)
{
	return n & 1;
}

SEC("xdp_main") int main_prog(struct xdp_md *ctx)
{
	return zeta(alpha(ctx->rx_queue_index));
}

SEC("xdp_more") static int more(struct xdp_md *ctx)
{
	return XDP_PASS;
}

// Nothing else would keep the static program.
void *keep[] SEC(".data.keep") = {more};

LICENSE("GPL");
