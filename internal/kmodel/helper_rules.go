package kmodel

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// helperChain lists the lookup tables a program type asks, in order; the first answer counts.
func helperChain(p Prog) []string {
	switch p.Type {
	case abi.PROG_TYPE_LSM:
		if p.Attach == abi.ATTACH_LSM_CGROUP {
			return []string{"cgroup_common", "bpf_lsm", "tracing_prog", "raw_tp_prog", "bpf_tracing", "bpf_base"}
		}
	case abi.PROG_TYPE_TRACING:
		if p.Attach == abi.ATTACH_TRACE_ITER {
			chain := slices.Clone(helperChains[abi.PROG_TYPE_TRACING])
			switch attachKey(p) {
			case "tcp":
				chain = append(chain, "bpf_iter_tcp_get")
			case "unix":
				chain = append(chain, "bpf_iter_unix_get")
			}
			return chain
		}
	case abi.PROG_TYPE_STRUCT_OPS:
		if chain, ok := structOpsHelpers[p.StructOps]; ok {
			return chain
		}
		return []string{"bpf_base"}
	}
	return helperChains[p.Type]
}

// structOpsHelpers are the tables of kernel structs that do not just ask for what every program may call:
// functions of bpf_dummy_ops may call no helper at all.
var structOpsHelpers = map[string][]string{
	"bpf_dummy_ops":      nil,
	"tcp_congestion_ops": {"bpf_tcp_ca_get", "bpf_base"},
}

// helperTables is helperChain with what a feature of the kernel adds: before the helpers of tracing were opened
// to all, cgroup programs had some of them for their own.
func (m *Model) helperTables(p Prog) []string {
	chain := helperChain(p)
	everywhere := m.Has(TracingHelpersEverywhere)
	switch {
	case everywhere && slices.Contains(chain, "bpf_base"):
		return append(slices.Clone(chain), "bpf_everywhere")
	case !everywhere && slices.Contains(cgroupCurrent, p.Type):
		return slices.Insert(slices.Clone(chain), 1, "cgroup_current")
	}
	return chain
}

// cgroupCurrent are the cgroup programs that run for the current task.
var cgroupCurrent = []abi.ProgType{
	abi.PROG_TYPE_CGROUP_DEVICE, abi.PROG_TYPE_CGROUP_SYSCTL, abi.PROG_TYPE_CGROUP_SOCKOPT, abi.PROG_TYPE_CGROUP_SOCK,
	abi.PROG_TYPE_CGROUP_SOCK_ADDR,
}

var helperChains = map[abi.ProgType][]string{
	abi.PROG_TYPE_SOCKET_FILTER:           {"sk_filter", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_KPROBE:                  {"kprobe_prog", "bpf_tracing", "bpf_base"},
	abi.PROG_TYPE_SCHED_CLS:               {"tc_cls_act", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_SCHED_ACT:               {"tc_cls_act", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_TRACEPOINT:              {"tp_prog", "bpf_tracing", "bpf_base"},
	abi.PROG_TYPE_XDP:                     {"xdp", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_PERF_EVENT:              {"pe_prog", "bpf_tracing", "bpf_base"},
	abi.PROG_TYPE_CGROUP_SKB:              {"cgroup_common", "cg_skb", "sk_filter", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_CGROUP_SOCK:             {"cgroup_common", "sock_filter", "bpf_base"},
	abi.PROG_TYPE_LWT_IN:                  {"lwt_in", "lwt_out", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_LWT_OUT:                 {"lwt_out", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_LWT_XMIT:                {"lwt_xmit", "lwt_out", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_SOCK_OPS:                {"cgroup_common", "sock_ops", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_SK_SKB:                  {"sk_skb", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_CGROUP_DEVICE:           {"cgroup_common", "cgroup_dev", "bpf_base"},
	abi.PROG_TYPE_SK_MSG:                  {"sk_msg", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_RAW_TRACEPOINT:          {"raw_tp_prog", "bpf_tracing", "bpf_base"},
	abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE: {"raw_tp_prog", "bpf_tracing", "bpf_base"},
	abi.PROG_TYPE_CGROUP_SOCK_ADDR:        {"cgroup_common", "sock_addr", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_LWT_SEG6LOCAL:           {"lwt_seg6local", "lwt_out", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_LIRC_MODE2:              {"lirc_mode2"},
	abi.PROG_TYPE_SK_REUSEPORT:            {"sk_reuseport", "bpf_base"},
	abi.PROG_TYPE_FLOW_DISSECTOR:          {"flow_dissector", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_CGROUP_SYSCTL:           {"cgroup_common", "sysctl", "bpf_base"},
	abi.PROG_TYPE_CGROUP_SOCKOPT:          {"cgroup_common", "cg_sockopt", "bpf_base"},
	abi.PROG_TYPE_TRACING:                 {"tracing_prog", "raw_tp_prog", "bpf_tracing", "bpf_base"},
	abi.PROG_TYPE_LSM:                     {"bpf_lsm", "tracing_prog", "raw_tp_prog", "bpf_tracing", "bpf_base"},
	abi.PROG_TYPE_SK_LOOKUP:               {"sk_lookup", "bpf_sk_base", "bpf_base"},
	abi.PROG_TYPE_SYSCALL:                 {"syscall_prog", "tracing_prog", "raw_tp_prog", "bpf_tracing", "bpf_base"},
	abi.PROG_TYPE_NETFILTER:               {"bpf_base"},
}

// helperRule is an answer of a lookup table that depends on the program. Without a prototype it is a refusal.
type helperRule struct {
	helper string
	when   func(*Model, Prog) bool // nil: always
	proto  string
}

func attachedTo(types ...abi.AttachType) func(*Model, Prog) bool {
	return func(_ *Model, p Prog) bool { return slices.Contains(types, p.Attach) }
}

func sleepable(_ *Model, p Prog) bool { return p.Sleepable }

// HasTrampoline reports whether the program is called through a BPF trampoline.
func (p Prog) HasTrampoline() bool {
	switch p.Type {
	case abi.PROG_TYPE_TRACING:
		return p.Attach == abi.ATTACH_TRACE_FENTRY || p.Attach == abi.ATTACH_TRACE_FEXIT || p.Attach == abi.ATTACH_MODIFY_RETURN
	case abi.PROG_TYPE_LSM:
		return p.Attach == abi.ATTACH_LSM_MAC
	}
	return false
}

func trampoline(_ *Model, p Prog) bool { return p.HasTrampoline() }

// sockAddrSockopt are the attach points whose programs may get and set options of the socket.
var sockAddrSockopt = attachedTo(
	abi.ATTACH_CGROUP_INET4_BIND, abi.ATTACH_CGROUP_INET6_BIND,
	abi.ATTACH_CGROUP_INET4_CONNECT, abi.ATTACH_CGROUP_INET6_CONNECT, abi.ATTACH_CGROUP_UNIX_CONNECT,
	abi.ATTACH_CGROUP_UDP4_RECVMSG, abi.ATTACH_CGROUP_UDP6_RECVMSG, abi.ATTACH_CGROUP_UNIX_RECVMSG,
	abi.ATTACH_CGROUP_UDP4_SENDMSG, abi.ATTACH_CGROUP_UDP6_SENDMSG, abi.ATTACH_CGROUP_UNIX_SENDMSG,
	abi.ATTACH_CGROUP_INET4_GETPEERNAME, abi.ATTACH_CGROUP_INET6_GETPEERNAME, abi.ATTACH_CGROUP_UNIX_GETPEERNAME,
	abi.ATTACH_CGROUP_INET4_GETSOCKNAME, abi.ATTACH_CGROUP_INET6_GETSOCKNAME, abi.ATTACH_CGROUP_UNIX_GETSOCKNAME)

// noRetval are the attach points whose programs have no return value to read or replace.
var noRetval = attachedTo(
	abi.ATTACH_CGROUP_INET_INGRESS, abi.ATTACH_CGROUP_INET_EGRESS, abi.ATTACH_CGROUP_SOCK_OPS,
	abi.ATTACH_CGROUP_UDP4_RECVMSG, abi.ATTACH_CGROUP_UDP6_RECVMSG, abi.ATTACH_CGROUP_UNIX_RECVMSG,
	abi.ATTACH_CGROUP_INET4_GETPEERNAME, abi.ATTACH_CGROUP_INET6_GETPEERNAME, abi.ATTACH_CGROUP_UNIX_GETPEERNAME,
	abi.ATTACH_CGROUP_INET4_GETSOCKNAME, abi.ATTACH_CGROUP_INET6_GETSOCKNAME, abi.ATTACH_CGROUP_UNIX_GETSOCKNAME)

// The hooks of cgroup LSM programs at which socket options may be used, with the socket locked or not.
var (
	lockedSockoptHooks   = []string{"sock_graft", "inet_csk_clone", "inet_conn_established"}
	unlockedSockoptHooks = []string{"socket_post_create", "socket_socketpair"}
)

func hookIn(hooks []string) func(*Model, Prog) bool {
	return func(_ *Model, p Prog) bool {
		return p.Attach == abi.ATTACH_LSM_CGROUP && slices.Contains(hooks, p.AttachName)
	}
}

var uprobeMulti = attachedTo(abi.ATTACH_TRACE_UPROBE_MULTI, abi.ATTACH_TRACE_UPROBE_SESSION)

func kprobeMulti(_ *Model, p Prog) bool {
	return p.Attach == abi.ATTACH_TRACE_KPROBE_MULTI || p.Attach == abi.ATTACH_TRACE_KPROBE_SESSION
}

// helperRules are asked before the table of the same name, in order.
var helperRules = map[string][]helperRule{
	"cgroup_common": {
		{"get_retval", noRetval, ""},
		{"get_retval", nil, "get_retval"},
		{"set_retval", noRetval, ""},
		{"set_retval", nil, "set_retval"},
	},
	"bpf_lsm": {
		{"get_attach_cookie", trampoline, "get_attach_cookie"},
		{"get_attach_cookie", nil, ""},
		{"setsockopt", hookIn(lockedSockoptHooks), "sk_setsockopt"},
		{"setsockopt", hookIn(unlockedSockoptHooks), "unlocked_sk_setsockopt"},
		{"getsockopt", hookIn(lockedSockoptHooks), "sk_getsockopt"},
		{"getsockopt", hookIn(unlockedSockoptHooks), "unlocked_sk_getsockopt"},
	},
	"cg_sockopt": {
		{"setsockopt", attachedTo(abi.ATTACH_CGROUP_SETSOCKOPT), "sk_setsockopt"},
		{"getsockopt", attachedTo(abi.ATTACH_CGROUP_SETSOCKOPT), "sk_getsockopt"},
	},
	"sock_addr": {
		{"bind", attachedTo(abi.ATTACH_CGROUP_INET4_CONNECT, abi.ATTACH_CGROUP_INET6_CONNECT), "bind"},
		{"setsockopt", sockAddrSockopt, "sock_addr_setsockopt"},
		{"getsockopt", sockAddrSockopt, "sock_addr_getsockopt"},
	},
	"bpf_everywhere": {
		{"get_task_stack", sleepable, "get_task_stack_sleepable"},
		{"get_task_stack", nil, "get_task_stack"},
	},
	"bpf_tracing": {
		{"get_task_stack", sleepable, "get_task_stack_sleepable"},
		{"get_task_stack", nil, "get_task_stack"},
		{"task_storage_get", nil, "task_storage_get"},
		{"task_storage_delete", nil, "task_storage_delete"},
	},
	"kprobe_prog": {
		{"override_return", func(m *Model, _ Prog) bool { return !m.Config.KprobeOverride }, ""},
		{"get_stack", sleepable, "get_stack_sleepable"},
		{"get_stack", nil, "get_stack"},
		{"get_func_ip", kprobeMulti, "get_func_ip_kprobe_multi"},
		{"get_func_ip", uprobeMulti, "get_func_ip_uprobe_multi"},
		{"get_func_ip", nil, "get_func_ip_kprobe"},
		{"get_attach_cookie", kprobeMulti, "get_attach_cookie_kmulti"},
		{"get_attach_cookie", uprobeMulti, "get_attach_cookie_umulti"},
		{"get_attach_cookie", nil, "get_attach_cookie_trace"},
	},
	"tracing_prog": {
		{"seq_printf", attachedTo(abi.ATTACH_TRACE_ITER), "seq_printf"},
		{"seq_write", attachedTo(abi.ATTACH_TRACE_ITER), "seq_write"},
		{"seq_printf_btf", attachedTo(abi.ATTACH_TRACE_ITER), "seq_printf_btf"},
		{"get_func_arg", trampoline, "get_func_arg"},
		{"get_func_ret", trampoline, "get_func_ret"},
		{"get_func_arg_cnt", trampoline, "get_func_arg_cnt"},
		{"get_attach_cookie", func(_ *Model, p Prog) bool {
			return p.HasTrampoline() || p.Type == abi.PROG_TYPE_TRACING && p.Attach == abi.ATTACH_TRACE_RAW_TP
		}, "get_attach_cookie_tracing"},
		{"get_attach_cookie", nil, ""},
	},
	"bpf_tcp_ca_get": {
		{"setsockopt", notRelease, "sk_setsockopt"},
		{"getsockopt", notRelease, "sk_getsockopt"},
	},
	"syscall_prog": {{"sys_bpf", nil, "sys_bpf"}},
	"lirc_mode2":   {{"trace_printk", nil, "trace_printk"}},
}

// notRelease: a congestion control that is being retired must not allocate through socket options.
func notRelease(_ *Model, p Prog) bool { return p.AttachName != "release" }
