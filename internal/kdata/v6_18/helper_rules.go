// Who may call which helper, read from the *_func_proto functions of Linux 6.18 where these answer under a condition.
// What they answer without one is in helpers.go.

package v6_18

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

var helperChains = []kdata.HelperChain{
	{When: progs(abi.PROG_TYPE_LSM, abi.ATTACH_LSM_CGROUP), Groups: []string{"cgroup_common", "bpf_lsm", "tracing_prog", "raw_tp_prog", "bpf_tracing", "bpf_base", "bpf_everywhere"}},
	{When: kdata.When{Types: []abi.ProgType{abi.PROG_TYPE_TRACING}, Attach: []abi.AttachType{abi.ATTACH_TRACE_ITER}, Names: []string{"tcp"}}, Groups: []string{"tracing_prog", "raw_tp_prog", "bpf_tracing", "bpf_base", "bpf_iter_tcp_get", "bpf_everywhere"}},
	{When: kdata.When{Types: []abi.ProgType{abi.PROG_TYPE_TRACING}, Attach: []abi.AttachType{abi.ATTACH_TRACE_ITER}, Names: []string{"unix"}}, Groups: []string{"tracing_prog", "raw_tp_prog", "bpf_tracing", "bpf_base", "bpf_iter_unix_get", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_SOCKET_FILTER), Groups: []string{"sk_filter", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_KPROBE), Groups: []string{"kprobe_prog", "bpf_tracing", "bpf_base", "bpf_everywhere"}},
	{When: kdata.When{Types: []abi.ProgType{abi.PROG_TYPE_SCHED_CLS, abi.PROG_TYPE_SCHED_ACT}}, Groups: []string{"tc_cls_act", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_TRACEPOINT), Groups: []string{"tp_prog", "bpf_tracing", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_XDP), Groups: []string{"xdp", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_PERF_EVENT), Groups: []string{"pe_prog", "bpf_tracing", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_CGROUP_SKB), Groups: []string{"cgroup_common", "cg_skb", "sk_filter", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_CGROUP_SOCK), Groups: []string{"cgroup_common", "cgroup_current", "sock_filter", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_LWT_IN), Groups: []string{"lwt_in", "lwt_out", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_LWT_OUT), Groups: []string{"lwt_out", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_LWT_XMIT), Groups: []string{"lwt_xmit", "lwt_out", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_SOCK_OPS), Groups: []string{"cgroup_common", "sock_ops", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_SK_SKB), Groups: []string{"sk_skb", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_CGROUP_DEVICE), Groups: []string{"cgroup_common", "cgroup_current", "cgroup_dev", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_SK_MSG), Groups: []string{"sk_msg", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: kdata.When{Types: []abi.ProgType{abi.PROG_TYPE_RAW_TRACEPOINT, abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE}}, Groups: []string{"raw_tp_prog", "bpf_tracing", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_CGROUP_SOCK_ADDR), Groups: []string{"cgroup_common", "cgroup_current", "sock_addr", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_LWT_SEG6LOCAL), Groups: []string{"lwt_seg6local", "lwt_out", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_LIRC_MODE2), Groups: []string{"lirc_mode2"}},
	{When: progs(abi.PROG_TYPE_SK_REUSEPORT), Groups: []string{"sk_reuseport", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_FLOW_DISSECTOR), Groups: []string{"flow_dissector", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_CGROUP_SYSCTL), Groups: []string{"cgroup_common", "cgroup_current", "sysctl", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_CGROUP_SOCKOPT), Groups: []string{"cgroup_common", "cgroup_current", "cg_sockopt", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_TRACING), Groups: []string{"tracing_prog", "raw_tp_prog", "bpf_tracing", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_LSM), Groups: []string{"bpf_lsm", "tracing_prog", "raw_tp_prog", "bpf_tracing", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_SK_LOOKUP), Groups: []string{"sk_lookup", "bpf_sk_base", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_SYSCALL), Groups: []string{"syscall_prog", "tracing_prog", "raw_tp_prog", "bpf_tracing", "bpf_base", "bpf_everywhere"}},
	{When: progs(abi.PROG_TYPE_NETFILTER), Groups: []string{"bpf_base", "bpf_everywhere"}},
}

// groupWhen: before the helpers of tracing were opened to all, cgroup programs that run for the current task had some
// of them for their own.
var groupWhen = map[string]kdata.When{
	"bpf_everywhere": {Feature: "tracing-helpers-everywhere"},
	"cgroup_current": {NoFeature: "tracing-helpers-everywhere"},
}

var (
	sleepable = kdata.When{Sleepable: true}
	// trampoline: these programs get a function's arguments and result.
	trampoline  = kdata.When{Trampoline: true}
	iterator    = attachedTo(abi.ATTACH_TRACE_ITER)
	kprobeMulti = attachedTo(abi.ATTACH_TRACE_KPROBE_MULTI, abi.ATTACH_TRACE_KPROBE_SESSION)
	uprobeMulti = attachedTo(abi.ATTACH_TRACE_UPROBE_MULTI, abi.ATTACH_TRACE_UPROBE_SESSION)
	setsockopt  = attachedTo(abi.ATTACH_CGROUP_SETSOCKOPT)

	// sockAddrSockopt are the attach points whose programs may get and set options of the socket.
	sockAddrSockopt = attachedTo(
		abi.ATTACH_CGROUP_INET4_BIND, abi.ATTACH_CGROUP_INET6_BIND, abi.ATTACH_CGROUP_INET4_CONNECT,
		abi.ATTACH_CGROUP_INET6_CONNECT, abi.ATTACH_CGROUP_UNIX_CONNECT, abi.ATTACH_CGROUP_UDP4_RECVMSG,
		abi.ATTACH_CGROUP_UDP6_RECVMSG, abi.ATTACH_CGROUP_UNIX_RECVMSG, abi.ATTACH_CGROUP_UDP4_SENDMSG,
		abi.ATTACH_CGROUP_UDP6_SENDMSG, abi.ATTACH_CGROUP_UNIX_SENDMSG, abi.ATTACH_CGROUP_INET4_GETPEERNAME,
		abi.ATTACH_CGROUP_INET6_GETPEERNAME, abi.ATTACH_CGROUP_UNIX_GETPEERNAME,
		abi.ATTACH_CGROUP_INET4_GETSOCKNAME, abi.ATTACH_CGROUP_INET6_GETSOCKNAME,
		abi.ATTACH_CGROUP_UNIX_GETSOCKNAME,
	)

	// noRetval are the attach points whose programs have no return value to read or replace.
	noRetval = attachedTo(
		abi.ATTACH_CGROUP_INET_INGRESS, abi.ATTACH_CGROUP_INET_EGRESS, abi.ATTACH_CGROUP_SOCK_OPS,
		abi.ATTACH_CGROUP_UDP4_RECVMSG, abi.ATTACH_CGROUP_UDP6_RECVMSG, abi.ATTACH_CGROUP_UNIX_RECVMSG,
		abi.ATTACH_CGROUP_INET4_GETPEERNAME, abi.ATTACH_CGROUP_INET6_GETPEERNAME,
		abi.ATTACH_CGROUP_UNIX_GETPEERNAME, abi.ATTACH_CGROUP_INET4_GETSOCKNAME,
		abi.ATTACH_CGROUP_INET6_GETSOCKNAME, abi.ATTACH_CGROUP_UNIX_GETSOCKNAME,
	)

	// The hooks of cgroup LSM programs at which socket options may be used, with the socket locked or not.
	lockedSockopt   = cgroupHooks("sock_graft", "inet_csk_clone", "inet_conn_established")
	unlockedSockopt = cgroupHooks("socket_post_create", "socket_socketpair")
)

func attachedTo(types ...abi.AttachType) kdata.When { return kdata.When{Attach: types} }

func cgroupHooks(names ...string) kdata.When {
	return kdata.When{Attach: []abi.AttachType{abi.ATTACH_LSM_CGROUP}, Names: names}
}

var helperRules = map[string][]kdata.HelperRule{
	"cgroup_common": {
		{Helper: "get_retval", When: noRetval},
		{Helper: "get_retval", Proto: "get_retval"},
		{Helper: "set_retval", When: noRetval},
		{Helper: "set_retval", Proto: "set_retval"},
	},
	"bpf_lsm": {
		{Helper: "get_attach_cookie", When: trampoline, Proto: "get_attach_cookie"},
		{Helper: "get_attach_cookie"},
		{Helper: "setsockopt", When: lockedSockopt, Proto: "sk_setsockopt"},
		{Helper: "setsockopt", When: unlockedSockopt, Proto: "unlocked_sk_setsockopt"},
		{Helper: "getsockopt", When: lockedSockopt, Proto: "sk_getsockopt"},
		{Helper: "getsockopt", When: unlockedSockopt, Proto: "unlocked_sk_getsockopt"},
	},
	"cg_sockopt": {
		{Helper: "setsockopt", When: setsockopt, Proto: "sk_setsockopt"},
		{Helper: "getsockopt", When: setsockopt, Proto: "sk_getsockopt"},
	},
	"sock_addr": {
		{Helper: "bind", When: attachedTo(abi.ATTACH_CGROUP_INET4_CONNECT, abi.ATTACH_CGROUP_INET6_CONNECT), Proto: "bind"},
		{Helper: "setsockopt", When: sockAddrSockopt, Proto: "sock_addr_setsockopt"},
		{Helper: "getsockopt", When: sockAddrSockopt, Proto: "sock_addr_getsockopt"},
	},
	"bpf_everywhere": {
		{Helper: "get_task_stack", When: sleepable, Proto: "get_task_stack_sleepable"},
		{Helper: "get_task_stack", Proto: "get_task_stack"},
	},
	"bpf_tracing": {
		{Helper: "get_task_stack", When: sleepable, Proto: "get_task_stack_sleepable"},
		{Helper: "get_task_stack", Proto: "get_task_stack"},
		{Helper: "task_storage_get", Proto: "task_storage_get"},
		{Helper: "task_storage_delete", Proto: "task_storage_delete"},
	},
	"kprobe_prog": {
		{Helper: "override_return", When: kdata.When{NoKprobeOverride: true}},
		{Helper: "get_stack", When: sleepable, Proto: "get_stack_sleepable"},
		{Helper: "get_stack", Proto: "get_stack"},
		{Helper: "get_func_ip", When: kprobeMulti, Proto: "get_func_ip_kprobe_multi"},
		{Helper: "get_func_ip", When: uprobeMulti, Proto: "get_func_ip_uprobe_multi"},
		{Helper: "get_func_ip", Proto: "get_func_ip_kprobe"},
		{Helper: "get_attach_cookie", When: kprobeMulti, Proto: "get_attach_cookie_kmulti"},
		{Helper: "get_attach_cookie", When: uprobeMulti, Proto: "get_attach_cookie_umulti"},
		{Helper: "get_attach_cookie", Proto: "get_attach_cookie_trace"},
	},
	"tracing_prog": {
		{Helper: "seq_printf", When: iterator, Proto: "seq_printf"},
		{Helper: "seq_write", When: iterator, Proto: "seq_write"},
		{Helper: "seq_printf_btf", When: iterator, Proto: "seq_printf_btf"},
		{Helper: "get_func_arg", When: trampoline, Proto: "get_func_arg"},
		{Helper: "get_func_ret", When: trampoline, Proto: "get_func_ret"},
		{Helper: "get_func_arg_cnt", When: trampoline, Proto: "get_func_arg_cnt"},
		{Helper: "get_attach_cookie", When: trampoline, Proto: "get_attach_cookie_tracing"},
		{Helper: "get_attach_cookie", When: progs(abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_RAW_TP), Proto: "get_attach_cookie_tracing"},
		{Helper: "get_attach_cookie"},
	},
	"bpf_tcp_ca_get": {
		// A congestion control that is being retired must not allocate through socket options.
		{Helper: "setsockopt", When: kdata.When{Names: []string{"release"}}},
		{Helper: "setsockopt", Proto: "sk_setsockopt"},
		{Helper: "getsockopt", When: kdata.When{Names: []string{"release"}}},
		{Helper: "getsockopt", Proto: "sk_getsockopt"},
	},
	"syscall_prog": {{Helper: "sys_bpf", Proto: "sys_bpf"}},
	"lirc_mode2":   {{Helper: "trace_printk", Proto: "trace_printk"}},
}

var lockdown = map[string]string{
	"probe_write_user":      "integrity",
	"probe_read":            "confidentiality",
	"probe_read_str":        "confidentiality",
	"probe_read_kernel":     "confidentiality",
	"probe_read_kernel_str": "confidentiality",
}

// sleepWith are those whose prototype got might_sleep later.
var sleepWith = map[string]string{
	"sys_bpf":               "syscall-helpers-sleep",
	"sys_close":             "syscall-helpers-sleep",
	"btf_find_by_name_kind": "syscall-helpers-sleep",
}

// attachLimits are read from the allowed functions of the prototypes. In the functions of btf_allowlist_d_path bpf_d_path
// can't recurse into what its caller holds; socket storage is not used in what implements it.
var attachLimits = map[string][]kdata.AttachRule{
	"d_path": {
		{When: progs(abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_ITER)},
		sleepableHook,
		{When: progs(abi.PROG_TYPE_TRACING), Functions: []string{
			"security_file_permission", "security_inode_getattr", "security_file_open", "security_path_truncate",
			"vfs_truncate", "vfs_fallocate", "dentry_open", "vfs_getattr", "filp_close",
		}},
	},
	"ima_inode_hash":            {sleepableHook},
	"ima_file_hash":             {sleepableHook},
	"sk_storage_get_tracing":    sockStorage,
	"sk_storage_delete_tracing": sockStorage,
}

var (
	sleepableHook = kdata.AttachRule{When: progs(abi.PROG_TYPE_LSM), SleepableHook: true}
	sockStorage   = []kdata.AttachRule{
		{When: attachedTo(abi.ATTACH_TRACE_ITER, abi.ATTACH_TRACE_RAW_TP)},
		{When: attachedTo(abi.ATTACH_TRACE_FENTRY, abi.ATTACH_TRACE_FEXIT), NotOf: "bpf_sk_storage"},
	}
)
