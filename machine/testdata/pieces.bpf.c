//go:build ignore

// SPDX-License-Identifier: MIT
/* Packets of several pages. What each returns, on 9000 bytes that count up, a kernel 6.18 returned too. */
#include "../../examples/bpf.h"

struct bpf_dynptr { u64 __opaque[2]; } __attribute__((aligned(8)));

static long (*const bpf_xdp_adjust_tail)(void *xdp, int delta) = (void *)65;
static u64 (*const bpf_xdp_get_buff_len)(void *xdp) = (void *)188;
static long (*const bpf_xdp_load_bytes)(void *xdp, u32 off, void *buf, u32 len) = (void *)189;
static long (*const bpf_xdp_store_bytes)(void *xdp, u32 off, void *buf, u32 len) = (void *)190;
static long (*const bpf_dynptr_write)(const struct bpf_dynptr *dst, u32 off, void *src, u32 len, u64 flags) = (void *)202;
extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, u64 flags, struct bpf_dynptr *ptr__uninit) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *p, u32 off, void *buf, u32 size) __ksym;
extern u32 bpf_dynptr_size(const struct bpf_dynptr *p) __ksym;

SEC("xdp.frags") int lengths(struct xdp_md *ctx)
{
	return bpf_xdp_get_buff_len(ctx) * 10000 + (ctx->data_end - ctx->data);
}

SEC("xdp.frags") int over_the_border(struct xdp_md *ctx)
{
	u32 word = 0, low = 0x11223344;

	if (bpf_xdp_load_bytes(ctx, 3518, &word, 4) || bpf_xdp_store_bytes(ctx, 7614, &low, 4))
		return -1;
	bpf_xdp_load_bytes(ctx, 7616, &low, 4);
	return word ^ low;
}

SEC("xdp.frags") int beyond(struct xdp_md *ctx)
{
	u32 word;

	return bpf_xdp_load_bytes(ctx, 8997, &word, 4) * 1000 + bpf_xdp_load_bytes(ctx, 70000, &word, 4);
}

SEC("xdp.frags") int shorter(struct xdp_md *ctx)
{
	long err = bpf_xdp_adjust_tail(ctx, -6000);

	return err * 100000 + bpf_xdp_get_buff_len(ctx) * 10 + (ctx->data_end - ctx->data == 3000);
}

SEC("xdp.frags") int longer(struct xdp_md *ctx)
{
	long none = bpf_xdp_adjust_tail(ctx, 4096), err = bpf_xdp_adjust_tail(ctx, 10);
	u8 last = 1;

	bpf_xdp_load_bytes(ctx, 9009, &last, 1);
	return none * 1000000 + err * 100000 + bpf_xdp_get_buff_len(ctx) + last;
}

SEC("xdp.frags") int slices(struct xdp_md *ctx)
{
	struct bpf_dynptr p;
	u8 buf[4] = {}, *in, *over, new = 0x77;
	u32 got;

	bpf_dynptr_from_xdp(ctx, 0, &p);
	bpf_dynptr_write(&p, 3520, &new, 1, 0);
	over = bpf_dynptr_slice(&p, 3518, buf, 4);
	if (!over)
		return -1;
	got = over[1] << 16 | over[2] << 8;
	in = bpf_dynptr_slice(&p, 8000, buf, 4);
	return got | (in ? in[3] : 0);
}

LICENSE("GPL");
