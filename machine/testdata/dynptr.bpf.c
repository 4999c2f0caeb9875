//go:build ignore

// SPDX-License-Identifier: MIT
/* What dynptrs of each kind give, and, from broken_ on, programs that break one rule each. */
#include "../../examples/ownership/ownership.h"

struct __sk_buff { u32 len; };
struct bpf_dynptr { u64 __opaque[2]; } __attribute__((aligned(8)));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct bpf_crypto_params {
	char type[14];
	u8 reserved[2];
	char algo[128];
	u8 key[256];
	u32 key_len, authsize;
};
struct bpf_crypto_ctx { u64 opaque; } __attribute__((preserve_access_index));

static long (*const bpf_dynptr_from_mem)(void *data, u32 size, u64 flags, struct bpf_dynptr *ptr) = (void *)197;
static long (*const bpf_ringbuf_reserve_dynptr)(void *map, u32 size, u64 flags, struct bpf_dynptr *ptr) = (void *)198;
static void (*const bpf_ringbuf_submit_dynptr)(struct bpf_dynptr *ptr, u64 flags) = (void *)199;
static void (*const bpf_ringbuf_discard_dynptr)(struct bpf_dynptr *ptr, u64 flags) = (void *)200;
static long (*const bpf_dynptr_read)(void *dst, u32 len, const struct bpf_dynptr *src, u32 off, u64 flags) = (void *)201;
static long (*const bpf_dynptr_write)(const struct bpf_dynptr *dst, u32 off, void *src, u32 len, u64 flags) = (void *)202;
static void *(*const bpf_dynptr_data)(const struct bpf_dynptr *ptr, u32 off, u32 len) = (void *)203;

extern int bpf_dynptr_from_skb(struct __sk_buff *skb, u64 flags, struct bpf_dynptr *ptr__uninit) __ksym;
extern int bpf_dynptr_from_skb_meta(struct __sk_buff *skb, u64 flags, struct bpf_dynptr *ptr__uninit) __ksym;
extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, u64 flags, struct bpf_dynptr *ptr__uninit) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *p, u32 off, void *buf, u32 size) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *p, u32 off, void *buf, u32 size) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *p, u32 start, u32 end) __ksym;
extern bool bpf_dynptr_is_null(const struct bpf_dynptr *p) __ksym;
extern bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *p) __ksym;
extern u32 bpf_dynptr_size(const struct bpf_dynptr *p) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *p, struct bpf_dynptr *clone__uninit) __ksym;
extern int bpf_dynptr_copy(struct bpf_dynptr *dst, u32 to, struct bpf_dynptr *src, u32 from, u32 size) __ksym;
extern int bpf_dynptr_memset(struct bpf_dynptr *p, u32 off, u32 size, u8 val) __ksym;
extern struct bpf_crypto_ctx *bpf_crypto_ctx_create(const struct bpf_crypto_params *p, u32 p__sz, int *err) __ksym;
extern void bpf_crypto_ctx_release(struct bpf_crypto_ctx *ctx) __ksym;

u8 memory[64];

SEC("syscall") int read_past_end(void *ctx)
{
	struct bpf_dynptr p;
	u64 word;

	bpf_dynptr_from_mem(memory, 16, 0, &p);
	return bpf_dynptr_read(&word, 8, &p, 9, 0);
}

SEC("syscall") int flags_make_null(void *ctx)
{
	struct bpf_dynptr p;
	u64 word;
	int err = bpf_dynptr_from_mem(memory, 16, 1, &p);

	return err + 100 * bpf_dynptr_is_null(&p) + bpf_dynptr_read(&word, 8, &p, 0, 0);
}

SEC("syscall") int adjusted(void *ctx)
{
	struct bpf_dynptr p, clone;
	u8 byte = 0;

	memory[12] = 7;
	bpf_dynptr_from_mem(memory, 32, 0, &p);
	bpf_dynptr_adjust(&p, 8, 16);
	bpf_dynptr_clone(&p, &clone);
	bpf_dynptr_adjust(&p, 8, 8);
	if (bpf_dynptr_adjust(&clone, 3, 9) != -34)
		return -1;
	bpf_dynptr_adjust(&clone, 4, 8);
	bpf_dynptr_read(&byte, 1, &clone, 0, 0);
	return byte * 100 + bpf_dynptr_size(&clone) * 10 + bpf_dynptr_size(&p);
}

SEC("syscall") int copied(void *ctx)
{
	struct bpf_dynptr a, b;

	bpf_dynptr_from_mem(memory, 16, 0, &a);
	bpf_dynptr_from_mem(memory + 32, 16, 0, &b);
	if (bpf_dynptr_memset(&a, 4, 4, 0x5a) || bpf_dynptr_copy(&b, 2, &a, 3, 4))
		return -1;
	if (bpf_dynptr_copy(&b, 13, &a, 0, 4) != -7)
		return -2;
	return memory[34] << 8 | memory[35];
}

SEC("syscall") int record_is_full(void *ctx)
{
	struct bpf_dynptr p;
	int err = bpf_ringbuf_reserve_dynptr(&ring, 8192, 0, &p);

	bpf_ringbuf_discard_dynptr(&p, 0);
	return err;
}

SEC("syscall") int record(void *ctx)
{
	struct bpf_dynptr p;
	u64 word = 5, *in;

	if (bpf_ringbuf_reserve_dynptr(&ring, 16, 0, &p))
		goto out;
	bpf_dynptr_write(&p, 8, &word, 8, 0);
	in = bpf_dynptr_data(&p, 8, 8);
	word = in ? *in : 0;
out:
	bpf_ringbuf_submit_dynptr(&p, 0);
	return word;
}

SEC("tc") int packet(struct __sk_buff *skb)
{
	struct bpf_dynptr p;
	u8 buf[4], *byte;
	u8 nine = 9;

	bpf_dynptr_from_skb(skb, 0, &p);
	if (bpf_dynptr_data(&p, 0, 1) || bpf_dynptr_slice(&p, 61, buf, 4))
		return -1;
	bpf_dynptr_write(&p, 20, &nine, 1, 0);
	byte = bpf_dynptr_slice_rdwr(&p, 20, buf, 4);
	if (!byte)
		return -2;
	byte[1] = 3;
	byte = bpf_dynptr_slice(&p, 21, NULL, 1);
	return bpf_dynptr_size(&p) * 100 + nine * 10 + (byte ? *byte : 0);
}

SEC("cgroup_skb/egress") int read_only_packet(struct __sk_buff *skb)
{
	struct bpf_dynptr p;
	u8 byte = 1;

	bpf_dynptr_from_skb(skb, 0, &p);
	return bpf_dynptr_is_rdonly(&p) && bpf_dynptr_write(&p, 0, &byte, 1, 0) == -22;
}

SEC("tc") int no_metadata(struct __sk_buff *skb)
{
	struct bpf_dynptr p;

	return bpf_dynptr_from_skb_meta(skb, 0, &p) + 10 + bpf_dynptr_size(&p);
}

SEC("xdp") int xdp_packet(struct xdp_md *xdp)
{
	struct bpf_dynptr p;
	u32 word = 0x01020304, back = 0;

	bpf_dynptr_from_xdp(xdp, 0, &p);
	if (bpf_dynptr_write(&p, 60, &word, 4, 1) != -22)
		return 0;
	bpf_dynptr_write(&p, 60, &word, 4, 0);
	bpf_dynptr_read(&back, 4, &p, 60, 0);
	return back;
}

SEC("syscall") int no_such_cipher(void *ctx)
{
	struct bpf_crypto_params params = { .type = "skcipher", .algo = "rot13", .key_len = 16 };
	struct bpf_crypto_ctx *x;
	int err = 0;

	x = bpf_crypto_ctx_create(&params, sizeof(params), &err);
	if (x)
		bpf_crypto_ctx_release(x);
	return err;
}

SEC("syscall") int broken_not_made(void *ctx)
{
	struct bpf_dynptr p = {};
	u8 byte;

	return bpf_dynptr_read(&byte, 1, &p, 0, 0);
}

SEC("syscall") int broken_overwritten(void *ctx)
{
	struct bpf_dynptr p;
	u8 byte;

	bpf_dynptr_from_mem(memory, 16, 0, &p);
	p.__opaque[1] = 64;
	return bpf_dynptr_read(&byte, 1, &p, 0, 0);
}

SEC("syscall") int broken_not_submitted(void *ctx)
{
	struct bpf_dynptr p;

	bpf_ringbuf_reserve_dynptr(&ring, 16, 0, &p);
	return 0;
}

SEC("syscall") int broken_null_not_submitted(void *ctx)
{
	struct bpf_dynptr p;

	bpf_ringbuf_reserve_dynptr(&ring, 8192, 0, &p);
	return 0;
}

SEC("syscall") int broken_made_again(void *ctx)
{
	struct bpf_dynptr p;

	bpf_ringbuf_reserve_dynptr(&ring, 16, 0, &p);
	bpf_dynptr_from_mem(memory, 16, 0, &p);
	return 0;
}

SEC("syscall") int broken_submitted_twice(void *ctx)
{
	struct bpf_dynptr p, clone;

	bpf_ringbuf_reserve_dynptr(&ring, 16, 0, &p);
	bpf_dynptr_clone(&p, &clone);
	bpf_ringbuf_submit_dynptr(&p, 0);
	bpf_ringbuf_submit_dynptr(&clone, 0);
	return 0;
}

SEC("syscall") int broken_data_after_submit(void *ctx)
{
	struct bpf_dynptr p;
	u64 *in;

	bpf_ringbuf_reserve_dynptr(&ring, 16, 0, &p);
	in = bpf_dynptr_data(&p, 0, 8);
	bpf_ringbuf_submit_dynptr(&p, 0);
	return *in;
}

SEC("tc") int broken_slice_after_write(struct __sk_buff *skb)
{
	struct bpf_dynptr p;
	u8 buf[1], *byte;

	bpf_dynptr_from_skb(skb, 0, &p);
	byte = bpf_dynptr_slice(&p, 20, NULL, 1);
	bpf_dynptr_write(&p, 0, buf, 1, 0);
	return *byte;
}

SEC("syscall") int broken_no_record(void *ctx)
{
	struct bpf_dynptr p;

	bpf_dynptr_from_mem(memory, 16, 0, &p);
	bpf_ringbuf_submit_dynptr(&p, 0);
	return 0;
}

SEC("syscall") int broken_record_leak(void *ctx)
{
	return bpf_ringbuf_reserve(&ring, 16, 0) == NULL;
}

SEC("syscall") int broken_record_twice(void *ctx)
{
	u64 *rec = bpf_ringbuf_reserve(&ring, 16, 0);

	bpf_ringbuf_submit(rec, 0);
	bpf_ringbuf_submit(rec, 0);
	return 0;
}

SEC("syscall") int broken_record_dropped(void *ctx)
{
	bpf_obj_drop(bpf_ringbuf_reserve(&ring, 16, 0));
	return 0;
}

SEC("syscall") int broken_crypto_leak(void *ctx)
{
	struct bpf_crypto_params params = { .type = "skcipher", .algo = "ecb(aes)", .key_len = 16 };
	int err;

	return !bpf_crypto_ctx_create(&params, sizeof(params), &err);
}

LICENSE("GPL");
