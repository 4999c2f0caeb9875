package object

import (
	"strings"

	"github.com/bpfverdict/bpfverdict/kernel"
)

// sectionFlag says what more a section's name means for its programs.
type sectionFlag uint8

const (
	secSleepable sectionFlag = 1 << iota
	secAttachBTF             // what follows the slash is a BTF type to attach to
	secXDPFrags
	secUSDT
)

// sectionDef ties a section name to a program type.
type sectionDef struct {
	// name with a trailing "+" also matches "name/anything".
	name   string
	typ    kernel.ProgType
	attach kernel.AttachType
	flags  sectionFlag
}

func (d *sectionDef) matches(section string) bool {
	base, open := strings.CutSuffix(d.name, "+")
	if !open {
		return section == d.name
	}
	rest, ok := strings.CutPrefix(section, base)
	return ok && (rest == "" || rest[0] == '/')
}

// findSection returns the definition of a section name (without its "?"), nil for an unknown one.
func findSection(section string) *sectionDef {
	for i := range sectionDefs {
		if sectionDefs[i].matches(section) {
			return &sectionDefs[i]
		}
	}
	return nil
}

// sectionDefs are the section names libbpf knows; the first match counts.
var sectionDefs = []sectionDef{
	{"socket", kernel.PROG_TYPE_SOCKET_FILTER, 0, 0},
	{"sk_reuseport/migrate", kernel.PROG_TYPE_SK_REUSEPORT, kernel.ATTACH_SK_REUSEPORT_SELECT_OR_MIGRATE, 0},
	{"sk_reuseport", kernel.PROG_TYPE_SK_REUSEPORT, kernel.ATTACH_SK_REUSEPORT_SELECT, 0},
	{"kprobe+", kernel.PROG_TYPE_KPROBE, 0, 0},
	{"uprobe+", kernel.PROG_TYPE_KPROBE, 0, 0},
	{"uprobe.s+", kernel.PROG_TYPE_KPROBE, 0, secSleepable},
	{"kretprobe+", kernel.PROG_TYPE_KPROBE, 0, 0},
	{"uretprobe+", kernel.PROG_TYPE_KPROBE, 0, 0},
	{"uretprobe.s+", kernel.PROG_TYPE_KPROBE, 0, secSleepable},
	{"kprobe.multi+", kernel.PROG_TYPE_KPROBE, kernel.ATTACH_TRACE_KPROBE_MULTI, 0},
	{"kretprobe.multi+", kernel.PROG_TYPE_KPROBE, kernel.ATTACH_TRACE_KPROBE_MULTI, 0},
	{"kprobe.session+", kernel.PROG_TYPE_KPROBE, kernel.ATTACH_TRACE_KPROBE_SESSION, 0},
	{"uprobe.multi+", kernel.PROG_TYPE_KPROBE, kernel.ATTACH_TRACE_UPROBE_MULTI, 0},
	{"uretprobe.multi+", kernel.PROG_TYPE_KPROBE, kernel.ATTACH_TRACE_UPROBE_MULTI, 0},
	{"uprobe.multi.s+", kernel.PROG_TYPE_KPROBE, kernel.ATTACH_TRACE_UPROBE_MULTI, secSleepable},
	{"uretprobe.multi.s+", kernel.PROG_TYPE_KPROBE, kernel.ATTACH_TRACE_UPROBE_MULTI, secSleepable},
	{"ksyscall+", kernel.PROG_TYPE_KPROBE, 0, 0},
	{"kretsyscall+", kernel.PROG_TYPE_KPROBE, 0, 0},
	{"usdt+", kernel.PROG_TYPE_KPROBE, 0, secUSDT},
	{"usdt.s+", kernel.PROG_TYPE_KPROBE, 0, secUSDT | secSleepable},
	{"tc/ingress", kernel.PROG_TYPE_SCHED_CLS, kernel.ATTACH_TCX_INGRESS, 0},
	{"tc/egress", kernel.PROG_TYPE_SCHED_CLS, kernel.ATTACH_TCX_EGRESS, 0},
	{"tcx/ingress", kernel.PROG_TYPE_SCHED_CLS, kernel.ATTACH_TCX_INGRESS, 0},
	{"tcx/egress", kernel.PROG_TYPE_SCHED_CLS, kernel.ATTACH_TCX_EGRESS, 0},
	{"tc", kernel.PROG_TYPE_SCHED_CLS, 0, 0},
	{"classifier", kernel.PROG_TYPE_SCHED_CLS, 0, 0},
	{"action", kernel.PROG_TYPE_SCHED_ACT, 0, 0},
	{"netkit/primary", kernel.PROG_TYPE_SCHED_CLS, kernel.ATTACH_NETKIT_PRIMARY, 0},
	{"netkit/peer", kernel.PROG_TYPE_SCHED_CLS, kernel.ATTACH_NETKIT_PEER, 0},
	{"tracepoint+", kernel.PROG_TYPE_TRACEPOINT, 0, 0},
	{"tp+", kernel.PROG_TYPE_TRACEPOINT, 0, 0},
	{"raw_tracepoint+", kernel.PROG_TYPE_RAW_TRACEPOINT, 0, 0},
	{"raw_tp+", kernel.PROG_TYPE_RAW_TRACEPOINT, 0, 0},
	{"raw_tracepoint.w+", kernel.PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0},
	{"raw_tp.w+", kernel.PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0},
	{"tp_btf+", kernel.PROG_TYPE_TRACING, kernel.ATTACH_TRACE_RAW_TP, secAttachBTF},
	{"fentry+", kernel.PROG_TYPE_TRACING, kernel.ATTACH_TRACE_FENTRY, secAttachBTF},
	{"fmod_ret+", kernel.PROG_TYPE_TRACING, kernel.ATTACH_MODIFY_RETURN, secAttachBTF},
	{"fexit+", kernel.PROG_TYPE_TRACING, kernel.ATTACH_TRACE_FEXIT, secAttachBTF},
	{"fentry.s+", kernel.PROG_TYPE_TRACING, kernel.ATTACH_TRACE_FENTRY, secAttachBTF | secSleepable},
	{"fmod_ret.s+", kernel.PROG_TYPE_TRACING, kernel.ATTACH_MODIFY_RETURN, secAttachBTF | secSleepable},
	{"fexit.s+", kernel.PROG_TYPE_TRACING, kernel.ATTACH_TRACE_FEXIT, secAttachBTF | secSleepable},
	{"freplace+", kernel.PROG_TYPE_EXT, 0, secAttachBTF},
	{"lsm+", kernel.PROG_TYPE_LSM, kernel.ATTACH_LSM_MAC, secAttachBTF},
	{"lsm.s+", kernel.PROG_TYPE_LSM, kernel.ATTACH_LSM_MAC, secAttachBTF | secSleepable},
	{"lsm_cgroup+", kernel.PROG_TYPE_LSM, kernel.ATTACH_LSM_CGROUP, secAttachBTF},
	{"iter+", kernel.PROG_TYPE_TRACING, kernel.ATTACH_TRACE_ITER, secAttachBTF},
	{"iter.s+", kernel.PROG_TYPE_TRACING, kernel.ATTACH_TRACE_ITER, secAttachBTF | secSleepable},
	{"syscall", kernel.PROG_TYPE_SYSCALL, 0, secSleepable},
	{"xdp.frags/devmap", kernel.PROG_TYPE_XDP, kernel.ATTACH_XDP_DEVMAP, secXDPFrags},
	{"xdp/devmap", kernel.PROG_TYPE_XDP, kernel.ATTACH_XDP_DEVMAP, 0},
	{"xdp.frags/cpumap", kernel.PROG_TYPE_XDP, kernel.ATTACH_XDP_CPUMAP, secXDPFrags},
	{"xdp/cpumap", kernel.PROG_TYPE_XDP, kernel.ATTACH_XDP_CPUMAP, 0},
	{"xdp.frags", kernel.PROG_TYPE_XDP, kernel.ATTACH_XDP, secXDPFrags},
	{"xdp", kernel.PROG_TYPE_XDP, kernel.ATTACH_XDP, 0},
	{"perf_event", kernel.PROG_TYPE_PERF_EVENT, 0, 0},
	{"lwt_in", kernel.PROG_TYPE_LWT_IN, 0, 0},
	{"lwt_out", kernel.PROG_TYPE_LWT_OUT, 0, 0},
	{"lwt_xmit", kernel.PROG_TYPE_LWT_XMIT, 0, 0},
	{"lwt_seg6local", kernel.PROG_TYPE_LWT_SEG6LOCAL, 0, 0},
	{"sockops", kernel.PROG_TYPE_SOCK_OPS, kernel.ATTACH_CGROUP_SOCK_OPS, 0},
	{"sk_skb/stream_parser", kernel.PROG_TYPE_SK_SKB, kernel.ATTACH_SK_SKB_STREAM_PARSER, 0},
	{"sk_skb/stream_verdict", kernel.PROG_TYPE_SK_SKB, kernel.ATTACH_SK_SKB_STREAM_VERDICT, 0},
	{"sk_skb/verdict", kernel.PROG_TYPE_SK_SKB, kernel.ATTACH_SK_SKB_VERDICT, 0},
	{"sk_skb", kernel.PROG_TYPE_SK_SKB, 0, 0},
	{"sk_msg", kernel.PROG_TYPE_SK_MSG, kernel.ATTACH_SK_MSG_VERDICT, 0},
	{"lirc_mode2", kernel.PROG_TYPE_LIRC_MODE2, kernel.ATTACH_LIRC_MODE2, 0},
	{"flow_dissector", kernel.PROG_TYPE_FLOW_DISSECTOR, kernel.ATTACH_FLOW_DISSECTOR, 0},
	{"cgroup_skb/ingress", kernel.PROG_TYPE_CGROUP_SKB, kernel.ATTACH_CGROUP_INET_INGRESS, 0},
	{"cgroup_skb/egress", kernel.PROG_TYPE_CGROUP_SKB, kernel.ATTACH_CGROUP_INET_EGRESS, 0},
	{"cgroup/skb", kernel.PROG_TYPE_CGROUP_SKB, 0, 0},
	{"cgroup/sock_create", kernel.PROG_TYPE_CGROUP_SOCK, kernel.ATTACH_CGROUP_INET_SOCK_CREATE, 0},
	{"cgroup/sock_release", kernel.PROG_TYPE_CGROUP_SOCK, kernel.ATTACH_CGROUP_INET_SOCK_RELEASE, 0},
	{"cgroup/sock", kernel.PROG_TYPE_CGROUP_SOCK, kernel.ATTACH_CGROUP_INET_SOCK_CREATE, 0},
	{"cgroup/post_bind4", kernel.PROG_TYPE_CGROUP_SOCK, kernel.ATTACH_CGROUP_INET4_POST_BIND, 0},
	{"cgroup/post_bind6", kernel.PROG_TYPE_CGROUP_SOCK, kernel.ATTACH_CGROUP_INET6_POST_BIND, 0},
	{"cgroup/bind4", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_INET4_BIND, 0},
	{"cgroup/bind6", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_INET6_BIND, 0},
	{"cgroup/connect4", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_INET4_CONNECT, 0},
	{"cgroup/connect6", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_INET6_CONNECT, 0},
	{"cgroup/connect_unix", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_UNIX_CONNECT, 0},
	{"cgroup/sendmsg4", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_UDP4_SENDMSG, 0},
	{"cgroup/sendmsg6", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_UDP6_SENDMSG, 0},
	{"cgroup/sendmsg_unix", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_UNIX_SENDMSG, 0},
	{"cgroup/recvmsg4", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_UDP4_RECVMSG, 0},
	{"cgroup/recvmsg6", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_UDP6_RECVMSG, 0},
	{"cgroup/recvmsg_unix", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_UNIX_RECVMSG, 0},
	{"cgroup/getpeername4", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_INET4_GETPEERNAME, 0},
	{"cgroup/getpeername6", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_INET6_GETPEERNAME, 0},
	{"cgroup/getpeername_unix", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_UNIX_GETPEERNAME, 0},
	{"cgroup/getsockname4", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_INET4_GETSOCKNAME, 0},
	{"cgroup/getsockname6", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_INET6_GETSOCKNAME, 0},
	{"cgroup/getsockname_unix", kernel.PROG_TYPE_CGROUP_SOCK_ADDR, kernel.ATTACH_CGROUP_UNIX_GETSOCKNAME, 0},
	{"cgroup/sysctl", kernel.PROG_TYPE_CGROUP_SYSCTL, kernel.ATTACH_CGROUP_SYSCTL, 0},
	{"cgroup/getsockopt", kernel.PROG_TYPE_CGROUP_SOCKOPT, kernel.ATTACH_CGROUP_GETSOCKOPT, 0},
	{"cgroup/setsockopt", kernel.PROG_TYPE_CGROUP_SOCKOPT, kernel.ATTACH_CGROUP_SETSOCKOPT, 0},
	{"cgroup/dev", kernel.PROG_TYPE_CGROUP_DEVICE, kernel.ATTACH_CGROUP_DEVICE, 0},
	{"struct_ops+", kernel.PROG_TYPE_STRUCT_OPS, 0, 0},
	{"struct_ops.s+", kernel.PROG_TYPE_STRUCT_OPS, 0, secSleepable},
	{"sk_lookup", kernel.PROG_TYPE_SK_LOOKUP, kernel.ATTACH_SK_LOOKUP, 0},
	{"netfilter", kernel.PROG_TYPE_NETFILTER, kernel.ATTACH_NETFILTER, 0},
}
