//go:build ignore

// SPDX-License-Identifier: MIT
/* Programs whose context user space fills in. */
#include "../../examples/ownership/ownership.h"

struct bpf_sock { u32 bound_dev_if, family, type, protocol, mark, priority, src_ip4, src_ip6[4], src_port; };
struct bpf_sock_ops {
	u32 op, args[4], family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port, is_fullsock,
		snd_cwnd, srtt_us, bpf_sock_ops_cb_flags, state;
};
struct bpf_sock_addr {
	u32 user_family, user_ip4, user_ip6[4], user_port, family, type, protocol, msg_src_ip4, msg_src_ip6[4];
	struct bpf_sock *sk;
};
struct sk_msg_md {
	u8 *data, *data_end;
	u32 family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port, size;
	struct bpf_sock *sk;
};
struct bpf_sysctl { u32 write, file_pos; };
struct bpf_sockopt {
	struct bpf_sock *sk;
	u8 *optval, *optval_end;
	s32 level, optname, optlen, retval;
};
struct bpf_sk_lookup {
	struct bpf_sock *sk;
	u32 family, protocol, remote_ip4, remote_ip6[4];
	u16 remote_port, pad;
	u32 local_ip4, local_ip6[4], local_port, ingress_ifindex;
};

struct {
	__uint(type, 15 /* BPF_MAP_TYPE_SOCKMAP */);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u32);
} sockets SEC(".maps");

static int (*const bpf_sock_ops_cb_flags_set)(void *ctx, int flags) = (void *)59;
static long (*const bpf_msg_apply_bytes)(void *msg, u32 bytes) = (void *)61;
static long (*const bpf_msg_pull_data)(void *msg, u32 start, u32 end, u64 flags) = (void *)63;
static long (*const bpf_sk_release)(void *sk) = (void *)86;
static long (*const bpf_sysctl_get_name)(void *ctx, char *buf, u64 len, u64 flags) = (void *)101;
static long (*const bpf_sysctl_get_current_value)(void *ctx, char *buf, u64 len) = (void *)102;
static long (*const bpf_sysctl_get_new_value)(void *ctx, char *buf, u64 len) = (void *)103;
static long (*const bpf_sysctl_set_new_value)(void *ctx, const char *buf, u64 len) = (void *)104;
static long (*const bpf_sk_assign)(void *ctx, void *sk, u64 flags) = (void *)124;

SEC("sockops") int events(struct bpf_sock_ops *ctx)
{
	int unknown = bpf_sock_ops_cb_flags_set(ctx, 0x83);

	ctx->args[0] = ctx->op * 1000 + ctx->bpf_sock_ops_cb_flags * 10 + (unknown == 0x80);
	return 1;
}

SEC("cgroup/connect4") int redirect(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *sk = ctx->sk;

	if (ctx->user_port != bpf_htons(80) || !sk || sk->type != 1)
		return 0;
	ctx->user_ip4 = 0x0100007f;
	ctx->user_port = bpf_htons(8080);
	return 1;
}

SEC("sk_msg") int message(struct sk_msg_md *msg)
{
	if (msg->size != 8 || bpf_msg_apply_bytes(msg, 4) || bpf_msg_pull_data(msg, 6, 8, 0))
		return 0;
	if (msg->data + 2 > msg->data_end)
		return 0;
	return msg->data[0] == 6 && msg->data_end - msg->data == 2;
}

SEC("cgroup/sysctl") int parameter(struct bpf_sysctl *ctx)
{
	char name[16] = {}, value[8] = {}, other[4] = "12";

	if (bpf_sysctl_get_name(ctx, name, sizeof(name), 1) != 7 || name[4] != 'm')
		return 0;
	if (bpf_sysctl_get_name(ctx, name, 5, 0) != -7 || name[3] != '/')
		return 0;
	if (bpf_sysctl_get_current_value(ctx, value, sizeof(value)) != 2 || value[0] != '4')
		return 0;
	if (!ctx->write)
		return bpf_sysctl_get_new_value(ctx, value, sizeof(value)) == -22;
	if (bpf_sysctl_get_new_value(ctx, value, 2) != -7 || value[0] != '7')
		return 0;
	return bpf_sysctl_set_new_value(ctx, other, 2) == 0;
}

SEC("cgroup/setsockopt") int option(struct bpf_sockopt *ctx)
{
	u8 *val = ctx->optval;

	if (ctx->level != 6 || val + 4 > ctx->optval_end)
		return 0;
	val[1]++;
	ctx->optlen = 2;
	return 1;
}

SEC("sk_lookup") int steer(struct bpf_sk_lookup *ctx)
{
	struct bpf_sock *sk;
	u32 zero = 0;
	long err;

	if (ctx->local_port != 7 || ctx->sk)
		return 1;
	sk = bpf_map_lookup_elem(&sockets, &zero);
	if (!sk)
		return 0;
	err = bpf_sk_assign(ctx, sk, 0);
	if (!err && bpf_sk_assign(ctx, sk, 0) != -17)
		err = 1;
	bpf_sk_release(sk);
	return err ? 0 : 1;
}

SEC("sk_lookup") int broken_socket(struct bpf_sk_lookup *ctx)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&sockets, &zero) != NULL;
}

SEC("cgroup/setsockopt") int broken_option(struct bpf_sockopt *ctx)
{
	return ctx->optval[4];
}

LICENSE("GPL");
