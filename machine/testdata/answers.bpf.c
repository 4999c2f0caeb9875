//go:build ignore

// SPDX-License-Identifier: MIT
/*
 * Programs that ask helpers and kernel functions and note what they are told, for a kernel and a machine to be held
 * against each other: answers.json has what a kernel says.
 */
#include "../../examples/bpf.h"

#define NULL ((void *)0)
#define MOST 64

/* What the program that has run was told, in turn. */
u64 answers[MOST];
u32 noted;

static __always_inline void note(u64 answer)
{
	u32 i = noted;

	if (i < MOST)
		answers[i] = answer;
	noted = i + 1;
}

#define ask(call) note((s64)(s32)(call))

struct bpf_dynptr { u64 __opaque[2]; } __attribute__((aligned(8)));
struct cpumask { u64 bits[128]; };
struct bpf_cpumask { struct cpumask cpumask; s32 usage; };

extern int bpf_strcmp(const char *s1__ign, const char *s2__ign) __ksym __weak;
extern int bpf_strchr(const char *s__ign, char c) __ksym __weak;
extern int bpf_strchrnul(const char *s__ign, char c) __ksym __weak;
extern int bpf_strnchr(const char *s__ign, u64 count, char c) __ksym __weak;
extern int bpf_strrchr(const char *s__ign, char c) __ksym __weak;
extern int bpf_strlen(const char *s__ign) __ksym __weak;
extern int bpf_strnlen(const char *s__ign, u64 count) __ksym __weak;
extern int bpf_strspn(const char *s__ign, const char *accept__ign) __ksym __weak;
extern int bpf_strcspn(const char *s__ign, const char *reject__ign) __ksym __weak;
extern int bpf_strstr(const char *s1__ign, const char *s2__ign) __ksym __weak;
extern int bpf_strnstr(const char *s1__ign, const char *s2__ign, u64 len) __ksym __weak;

char text[16] = "a sharp b flat";
char empty[2] = "";
char sharp[8] = "sharp";
char vowels[8] = "aeiou ";
char endless[8] = { 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x' };

SEC("syscall")
int strings(void *ctx)
{
	ask(bpf_strcmp(text, text));
	ask(bpf_strcmp(text, sharp));
	ask(bpf_strcmp(sharp, text));
	ask(bpf_strcmp(empty, sharp));
	ask(bpf_strcmp(NULL, text));
	ask(bpf_strchr(text, 'b'));
	ask(bpf_strchr(text, 'z'));
	ask(bpf_strchr(text, 0));
	ask(bpf_strchr(NULL, 0));
	ask(bpf_strchrnul(text, 'b'));
	ask(bpf_strchrnul(text, 'z'));
	ask(bpf_strnchr(text, 3, 'b'));
	ask(bpf_strnchr(text, 30, 'b'));
	ask(bpf_strnchr(text, 14, 0));
	ask(bpf_strrchr(text, 'a'));
	ask(bpf_strrchr(text, 'z'));
	ask(bpf_strrchr(text, 0));
	ask(bpf_strlen(text));
	ask(bpf_strlen(empty));
	ask(bpf_strlen(NULL));
	ask(bpf_strnlen(text, 3));
	ask(bpf_strnlen(text, 30));
	ask(bpf_strnlen(endless, 5));
	ask(bpf_strspn(text, vowels));
	ask(bpf_strspn(text, empty));
	ask(bpf_strspn(NULL, vowels));
	ask(bpf_strcspn(sharp, vowels));
	ask(bpf_strcspn(text, empty));
	ask(bpf_strstr(text, sharp));
	ask(bpf_strstr(sharp, text));
	ask(bpf_strstr(text, empty));
	ask(bpf_strstr(text, NULL));
	ask(bpf_strnstr(text, sharp, 6));
	ask(bpf_strnstr(text, sharp, 7));
	ask(bpf_strnstr(text, empty, 0));
	return 0;
}

extern struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
extern void bpf_cpumask_release(struct bpf_cpumask *cpumask) __ksym;
extern u32 bpf_cpumask_first(const struct cpumask *cpumask) __ksym;
extern u32 bpf_cpumask_first_zero(const struct cpumask *cpumask) __ksym;
extern u32 bpf_cpumask_first_and(const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern void bpf_cpumask_set_cpu(u32 cpu, struct bpf_cpumask *cpumask) __ksym;
extern void bpf_cpumask_clear_cpu(u32 cpu, struct bpf_cpumask *cpumask) __ksym;
extern bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *cpumask) __ksym;
extern bool bpf_cpumask_test_and_set_cpu(u32 cpu, struct bpf_cpumask *cpumask) __ksym;
extern bool bpf_cpumask_test_and_clear_cpu(u32 cpu, struct bpf_cpumask *cpumask) __ksym;
extern void bpf_cpumask_setall(struct bpf_cpumask *cpumask) __ksym;
extern void bpf_cpumask_clear(struct bpf_cpumask *cpumask) __ksym;
extern bool bpf_cpumask_and(struct bpf_cpumask *dst, const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern void bpf_cpumask_or(struct bpf_cpumask *dst, const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern void bpf_cpumask_xor(struct bpf_cpumask *dst, const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern bool bpf_cpumask_equal(const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern bool bpf_cpumask_intersects(const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern bool bpf_cpumask_subset(const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern bool bpf_cpumask_empty(const struct cpumask *cpumask) __ksym;
extern bool bpf_cpumask_full(const struct cpumask *cpumask) __ksym;
extern void bpf_cpumask_copy(struct bpf_cpumask *dst, const struct cpumask *src) __ksym;
extern u32 bpf_cpumask_weight(const struct cpumask *cpumask) __ksym;
extern int bpf_cpumask_populate(struct cpumask *dst, void *src, u64 src__sz) __ksym __weak;

#define set(m) ((const struct cpumask *)(m))
#define truth(call) note(!!(call))

/* A kernel of two CPUs has no CPU 5. */
SEC("syscall")
int cpumasks(void *ctx)
{
	struct bpf_cpumask *a = bpf_cpumask_create(), *b, *c;
	u64 bits[2] = { 2, 0 };

	if (!a)
		return 1;
	b = bpf_cpumask_create();
	if (!b) {
		bpf_cpumask_release(a);
		return 1;
	}
	c = bpf_cpumask_create();
	if (!c) {
		bpf_cpumask_release(a);
		bpf_cpumask_release(b);
		return 1;
	}
	truth(bpf_cpumask_empty(set(a)));
	bpf_cpumask_set_cpu(1, a);
	bpf_cpumask_set_cpu(5, a);
	ask(bpf_cpumask_first(set(a)));
	ask(bpf_cpumask_first_zero(set(a)));
	ask(bpf_cpumask_weight(set(a)));
	truth(bpf_cpumask_test_cpu(1, set(a)));
	truth(bpf_cpumask_test_cpu(0, set(a)));
	truth(bpf_cpumask_test_cpu(5, set(a)));
	truth(bpf_cpumask_test_and_set_cpu(0, b));
	truth(bpf_cpumask_test_and_set_cpu(0, b));
	truth(bpf_cpumask_test_and_clear_cpu(0, b));
	truth(bpf_cpumask_test_and_clear_cpu(0, b));
	truth(bpf_cpumask_test_and_set_cpu(9, b));
	truth(bpf_cpumask_test_and_clear_cpu(9, b));
	bpf_cpumask_setall(b);
	truth(bpf_cpumask_full(set(b)));
	truth(bpf_cpumask_full(set(a)));
	ask(bpf_cpumask_weight(set(b)));
	ask(bpf_cpumask_first_zero(set(b)));
	truth(bpf_cpumask_subset(set(a), set(b)));
	truth(bpf_cpumask_subset(set(b), set(a)));
	truth(bpf_cpumask_intersects(set(a), set(b)));
	ask(bpf_cpumask_first_and(set(a), set(b)));
	truth(bpf_cpumask_and(c, set(a), set(b)));
	truth(bpf_cpumask_equal(set(a), set(c)));
	bpf_cpumask_xor(c, set(b), set(a));
	ask(bpf_cpumask_first(set(c)));
	ask(bpf_cpumask_weight(set(c)));
	truth(bpf_cpumask_and(c, set(c), set(a)));
	ask(bpf_cpumask_first(set(c)));
	bpf_cpumask_or(c, set(c), set(a));
	truth(bpf_cpumask_equal(set(c), set(a)));
	bpf_cpumask_copy(c, set(b));
	truth(bpf_cpumask_equal(set(c), set(b)));
	bpf_cpumask_clear_cpu(1, c);
	bpf_cpumask_clear_cpu(7, c);
	ask(bpf_cpumask_weight(set(c)));
	bpf_cpumask_clear(c);
	truth(bpf_cpumask_empty(set(c)));
	bpf_cpumask_release(a);
	bpf_cpumask_release(b);
	bpf_cpumask_release(c);
	return 0;
}

extern int bpf_probe_read_user_dynptr(struct bpf_dynptr *dptr, u64 off, u64 size, const void *unsafe_ptr__ign) __ksym;
extern int bpf_probe_read_kernel_dynptr(struct bpf_dynptr *dptr, u64 off, u64 size, const void *unsafe_ptr__ign) __ksym;
extern int bpf_probe_read_user_str_dynptr(struct bpf_dynptr *dptr, u64 off, u64 size, const void *unsafe_ptr__ign) __ksym;
extern int bpf_probe_read_kernel_str_dynptr(struct bpf_dynptr *dptr, u64 off, u64 size, const void *unsafe_ptr__ign) __ksym;
extern int bpf_copy_from_user_dynptr(struct bpf_dynptr *dptr, u64 off, u64 size, const void *unsafe_ptr__ign) __ksym;
extern int bpf_copy_from_user_str_dynptr(struct bpf_dynptr *dptr, u64 off, u64 size, const void *unsafe_ptr__ign) __ksym;
static long (*const bpf_dynptr_from_mem)(void *data, u32 size, u64 flags, struct bpf_dynptr *ptr) = (void *)197;
static long (*const bpf_probe_read_kernel)(void *dst, u32 size, const void *unsafe_ptr) = (void *)113;
static long (*const bpf_probe_read_kernel_str)(void *dst, u32 size, const void *unsafe_ptr) = (void *)115;
static long (*const bpf_probe_read_user)(void *dst, u32 size, const void *unsafe_ptr) = (void *)112;
static long (*const bpf_get_ns_current_pid_tgid)(u64 dev, u64 ino, void *nsdata, u32 size) = (void *)120;

char copy[32];

SEC("syscall")
int probes(void *ctx)
{
	struct bpf_dynptr d;
	u64 word = 7;

	note(bpf_probe_read_kernel(&word, 8, text));
	note(word);
	note(bpf_probe_read_kernel(&word, 8, NULL));
	note(word);
	note(bpf_probe_read_kernel(&word, 8, (void *)0x1234));
	note(bpf_probe_read_kernel(&word, 8, (void *)0xffffffffffff0000));
	note(bpf_probe_read_kernel(&word, 8, (void *)0x1234567800000000));
	note(bpf_probe_read_kernel_str(copy, 8, text));
	note(bpf_probe_read_kernel_str(copy, 30, text));
	note(bpf_probe_read_kernel_str(copy, 8, NULL));
	note(bpf_probe_read_user(&word, 8, NULL));
	note(bpf_dynptr_from_mem(copy, sizeof(copy), 0, &d));
	ask(bpf_probe_read_kernel_dynptr(&d, 0, 8, text));
	ask(bpf_probe_read_kernel_dynptr(&d, 24, 8, text));
	ask(bpf_probe_read_kernel_dynptr(&d, 25, 8, text));
	ask(bpf_probe_read_kernel_dynptr(&d, 0, 0, NULL));
	ask(bpf_probe_read_kernel_dynptr(&d, 0, 8, NULL));
	ask(bpf_probe_read_kernel_dynptr(&d, 0, 8, (void *)0xffffffffffff0000));
	ask(bpf_probe_read_kernel_str_dynptr(&d, 0, 8, text));
	note(copy[7]);
	ask(bpf_probe_read_kernel_str_dynptr(&d, 8, 24, text));
	note(copy[8]);
	ask(bpf_probe_read_kernel_str_dynptr(&d, 8, 25, text));
	ask(bpf_probe_read_kernel_str_dynptr(&d, 8, 0, text));
	ask(bpf_probe_read_kernel_str_dynptr(&d, 8, 24, NULL));
	ask(bpf_probe_read_user_dynptr(&d, 0, 8, NULL));
	ask(bpf_probe_read_user_dynptr(&d, 0, 33, NULL));
	ask(bpf_probe_read_user_str_dynptr(&d, 0, 8, NULL));
	ask(bpf_copy_from_user_dynptr(&d, 0, 8, NULL));
	ask(bpf_copy_from_user_str_dynptr(&d, 0, 8, NULL));
	note(bpf_get_ns_current_pid_tgid(4, 1, &word, 8));
	note(word);
	note(bpf_get_ns_current_pid_tgid(1ull << 40, 1, &word, 8));
	note(bpf_get_ns_current_pid_tgid(4, 0xeffffffc, copy, 9));
	return 0;
}

struct __sk_buff {
	u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority;
};

struct {
	__uint(type, 8); /* BPF_MAP_TYPE_CGROUP_ARRAY */
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} cgroups SEC(".maps");

static long (*const bpf_clone_redirect)(struct __sk_buff *skb, u32 ifindex, u64 flags) = (void *)13;
static long (*const bpf_skb_vlan_push)(struct __sk_buff *skb, u16 vlan_proto, u16 vlan_tci) = (void *)18;
static long (*const bpf_skb_vlan_pop)(struct __sk_buff *skb) = (void *)19;
static u32 (*const bpf_get_route_realm)(struct __sk_buff *skb) = (void *)24;
static long (*const bpf_skb_load_bytes)(const void *skb, u32 offset, void *to, u32 len) = (void *)26;
static long (*const bpf_skb_set_tunnel_key)(struct __sk_buff *skb, void *key, u32 size, u64 flags) = (void *)21;
static long (*const bpf_skb_get_tunnel_opt)(struct __sk_buff *skb, void *opt, u32 size) = (void *)29;
static long (*const bpf_skb_set_tunnel_opt)(struct __sk_buff *skb, void *opt, u32 size) = (void *)30;
static long (*const bpf_skb_under_cgroup)(struct __sk_buff *skb, void *map, u32 index) = (void *)33;
static u32 (*const bpf_get_socket_uid)(struct __sk_buff *skb) = (void *)47;
static long (*const bpf_skb_get_xfrm_state)(struct __sk_buff *skb, u32 index, void *state, u32 size, u64 flags) = (void *)66;
static long (*const bpf_skb_ecn_set_ce)(struct __sk_buff *skb) = (void *)97;
static u64 (*const bpf_skb_cgroup_classid)(struct __sk_buff *skb) = (void *)151;
static long (*const bpf_skb_store_bytes)(struct __sk_buff *skb, u32 offset, const void *from, u32 len, u64 flags) = (void *)9;

static __always_inline void look(struct __sk_buff *skb)
{
	u32 word = 0;

	note(skb->len);
	note(skb->protocol);
	note(skb->vlan_present);
	note(skb->vlan_tci);
	note(skb->vlan_proto);
	bpf_skb_load_bytes(skb, 12, &word, 4);
	note(word);
}

SEC("tc")
int tags(struct __sk_buff *skb)
{
	note(bpf_skb_vlan_pop(skb));
	look(skb);
	note(bpf_skb_vlan_push(skb, bpf_htons(0x8100), 42));
	look(skb);
	note(bpf_skb_vlan_push(skb, bpf_htons(0x88a8), 43));
	look(skb);
	note(bpf_skb_vlan_push(skb, 0, 44));
	look(skb);
	note(bpf_skb_vlan_pop(skb));
	look(skb);
	note(bpf_skb_vlan_pop(skb));
	look(skb);
	note(bpf_skb_vlan_pop(skb));
	look(skb);
	return 0;
}

static __always_inline void congest(struct __sk_buff *skb, u8 tos)
{
	u32 words[3] = {};

	bpf_skb_store_bytes(skb, 15, &tos, 1, 0);
	note(bpf_skb_ecn_set_ce(skb));
	bpf_skb_load_bytes(skb, 14, words, 12);
	note(words[0]);
	note(words[2]);
}

SEC("tc")
int congestion(struct __sk_buff *skb)
{
	congest(skb, 0);
	congest(skb, 1);
	congest(skb, 2);
	congest(skb, 3);
	congest(skb, 0xfc);
	return 0;
}

SEC("tc")
int packets(struct __sk_buff *skb)
{
	u32 key[11] = { 1, 0x01020304 }, options[4] = { 1, 2, 3, 4 };

	note(bpf_get_route_realm(skb));
	note(bpf_get_socket_uid(skb));
	note(bpf_skb_cgroup_classid(skb));
	note(bpf_skb_under_cgroup(skb, &cgroups, 0));
	note(bpf_skb_under_cgroup(skb, &cgroups, 1));
	note(bpf_skb_get_xfrm_state(skb, 0, options, 16, 0));
	note(options[3]);
	options[3] = 4;
	note(bpf_skb_get_tunnel_opt(skb, options, 16));
	note(options[0]);
	note(bpf_skb_set_tunnel_opt(skb, options, 16));
	note(bpf_skb_set_tunnel_key(skb, key, 28, 0));
	note(bpf_skb_get_tunnel_opt(skb, options, 16));
	options[1] = 5;
	note(bpf_skb_set_tunnel_opt(skb, options, 6));
	note(bpf_skb_set_tunnel_opt(skb, options, 12));
	note(bpf_skb_get_tunnel_opt(skb, options, 8));
	note(bpf_skb_get_tunnel_opt(skb, options, 16));
	note(options[1]);
	note(bpf_clone_redirect(skb, 0, 0));
	note(bpf_clone_redirect(skb, 12345, 0));
	note(bpf_clone_redirect(skb, 1, 8));
	return 0;
}

struct bpf_sock_tuple {
	u32 saddr, daddr;
	u16 sport, dport;
};

struct bpf_ct_opts {
	s32 netns_id, error;
	u8 l4proto, dir;
	u16 ct_zone_id;
	u8 ct_zone_dir, reserved[3];
};

struct nf_conn {
	u64 status;
	u32 mark;
} __attribute__((preserve_access_index));

struct nf_conn___init {
	int unused;
};

extern struct nf_conn___init *bpf_skb_ct_alloc(struct __sk_buff *skb_ctx, struct bpf_sock_tuple *bpf_tuple, u32 tuple__sz,
					       struct bpf_ct_opts *opts, u32 opts__sz) __ksym;
extern struct nf_conn *bpf_skb_ct_lookup(struct __sk_buff *skb_ctx, struct bpf_sock_tuple *bpf_tuple, u32 tuple__sz,
					 struct bpf_ct_opts *opts, u32 opts__sz) __ksym;
extern struct nf_conn *bpf_ct_insert_entry(struct nf_conn___init *nfct) __ksym;
extern void bpf_ct_release(struct nf_conn *nfct) __ksym;
extern void bpf_ct_set_timeout(struct nf_conn___init *nfct, u32 timeout) __ksym;
extern int bpf_ct_change_timeout(struct nf_conn *nfct, u32 timeout) __ksym;
extern int bpf_ct_set_status(const struct nf_conn___init *nfct, u32 status) __ksym;
extern int bpf_ct_change_status(struct nf_conn *nfct, u32 status) __ksym;

#define TCP 6

/* seek notes what looking a connection up says. */
static __always_inline void seek(struct __sk_buff *skb, struct bpf_sock_tuple *tuple, u32 tuple_size, struct bpf_ct_opts *opts,
				 u32 opts_size)
{
	struct nf_conn *ct;

	opts->error = 0;
	opts->dir = 9;
	ct = bpf_skb_ct_lookup(skb, tuple, tuple_size, opts, opts_size);
	note(!!ct);
	if (ct) {
		note(ct->status);
		bpf_ct_release(ct);
	}
	note((s64)opts->error << 8 | opts->dir);
}

SEC("tc")
int connections(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = { 0x0100000a, 0x0200000a, 1, 2 }, reply = { 0x0200000a, 0x0100000a, 2, 1 };
	struct bpf_ct_opts opts = { .netns_id = -1, .l4proto = TCP };
	struct nf_conn___init *new;
	struct nf_conn *ct;

	seek(skb, &tuple, sizeof(tuple), &opts, 16);
	note(opts.ct_zone_dir);
	opts.l4proto = 1;
	seek(skb, &tuple, sizeof(tuple), &opts, 16);
	opts.l4proto = TCP;
	opts.netns_id = -2;
	seek(skb, &tuple, sizeof(tuple), &opts, 16);
	opts.netns_id = 77;
	seek(skb, &tuple, sizeof(tuple), &opts, 16);
	opts.netns_id = -1;
	seek(skb, &tuple, sizeof(tuple) - 1, &opts, 16);
	seek(skb, &tuple, sizeof(tuple), &opts, 13);
	opts.reserved[1] = 1;
	seek(skb, &tuple, sizeof(tuple), &opts, 16);
	opts.reserved[1] = 0;
	opts.ct_zone_id = 3;
	seek(skb, &tuple, sizeof(tuple), &opts, 12);
	opts.ct_zone_id = 0;

	new = bpf_skb_ct_alloc(skb, &tuple, sizeof(tuple), &opts, 16);
	note(!!new);
	if (!new)
		return 1;
	bpf_ct_set_timeout(new, 40);
	ask(bpf_ct_set_status(new, 4));
	ask(bpf_ct_set_status(new, 0));
	ask(bpf_ct_set_status(new, 4 | 8));
	ct = bpf_ct_insert_entry(new);
	note(!!ct);
	if (!ct)
		return 1;
	note(ct->status);
	ask(bpf_ct_change_status(ct, 8 | 4 | 2));
	ask(bpf_ct_change_status(ct, 8));
	ask(bpf_ct_change_status(ct, 8 | 4 | 2 | 16));
	note(ct->status);
	seek(skb, &tuple, sizeof(tuple), &opts, 16);
	seek(skb, &reply, sizeof(tuple), &opts, 16);
	opts.ct_zone_id = 3;
	seek(skb, &tuple, sizeof(tuple), &opts, 16);
	opts.ct_zone_id = 0;
	new = bpf_skb_ct_alloc(skb, &reply, sizeof(reply), &opts, 12);
	note(!!new);
	if (new) {
		struct nf_conn *again = bpf_ct_insert_entry(new);

		note(!!again);
		if (again)
			bpf_ct_release(again);
	}
	ask(bpf_ct_change_status(ct, 8 | 4 | 2 | 1024));
	ask(bpf_ct_change_timeout(ct, 1));
	bpf_ct_release(ct);
	return 0;
}

LICENSE("GPL");
