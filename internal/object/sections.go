package object

import (
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
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
	typ    kmodel.ProgType
	attach kmodel.AttachType
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
	{"socket", kmodel.PROG_TYPE_SOCKET_FILTER, 0, 0},
	{"sk_reuseport/migrate", kmodel.PROG_TYPE_SK_REUSEPORT, kmodel.ATTACH_SK_REUSEPORT_SELECT_OR_MIGRATE, 0},
	{"sk_reuseport", kmodel.PROG_TYPE_SK_REUSEPORT, kmodel.ATTACH_SK_REUSEPORT_SELECT, 0},
	{"kprobe+", kmodel.PROG_TYPE_KPROBE, 0, 0},
	{"uprobe+", kmodel.PROG_TYPE_KPROBE, 0, 0},
	{"uprobe.s+", kmodel.PROG_TYPE_KPROBE, 0, secSleepable},
	{"kretprobe+", kmodel.PROG_TYPE_KPROBE, 0, 0},
	{"uretprobe+", kmodel.PROG_TYPE_KPROBE, 0, 0},
	{"uretprobe.s+", kmodel.PROG_TYPE_KPROBE, 0, secSleepable},
	{"kprobe.multi+", kmodel.PROG_TYPE_KPROBE, kmodel.ATTACH_TRACE_KPROBE_MULTI, 0},
	{"kretprobe.multi+", kmodel.PROG_TYPE_KPROBE, kmodel.ATTACH_TRACE_KPROBE_MULTI, 0},
	{"kprobe.session+", kmodel.PROG_TYPE_KPROBE, kmodel.ATTACH_TRACE_KPROBE_SESSION, 0},
	{"uprobe.multi+", kmodel.PROG_TYPE_KPROBE, kmodel.ATTACH_TRACE_UPROBE_MULTI, 0},
	{"uretprobe.multi+", kmodel.PROG_TYPE_KPROBE, kmodel.ATTACH_TRACE_UPROBE_MULTI, 0},
	{"uprobe.multi.s+", kmodel.PROG_TYPE_KPROBE, kmodel.ATTACH_TRACE_UPROBE_MULTI, secSleepable},
	{"uretprobe.multi.s+", kmodel.PROG_TYPE_KPROBE, kmodel.ATTACH_TRACE_UPROBE_MULTI, secSleepable},
	{"ksyscall+", kmodel.PROG_TYPE_KPROBE, 0, 0},
	{"kretsyscall+", kmodel.PROG_TYPE_KPROBE, 0, 0},
	{"usdt+", kmodel.PROG_TYPE_KPROBE, 0, secUSDT},
	{"usdt.s+", kmodel.PROG_TYPE_KPROBE, 0, secUSDT | secSleepable},
	{"tc/ingress", kmodel.PROG_TYPE_SCHED_CLS, kmodel.ATTACH_TCX_INGRESS, 0},
	{"tc/egress", kmodel.PROG_TYPE_SCHED_CLS, kmodel.ATTACH_TCX_EGRESS, 0},
	{"tcx/ingress", kmodel.PROG_TYPE_SCHED_CLS, kmodel.ATTACH_TCX_INGRESS, 0},
	{"tcx/egress", kmodel.PROG_TYPE_SCHED_CLS, kmodel.ATTACH_TCX_EGRESS, 0},
	{"tc", kmodel.PROG_TYPE_SCHED_CLS, 0, 0},
	{"classifier", kmodel.PROG_TYPE_SCHED_CLS, 0, 0},
	{"action", kmodel.PROG_TYPE_SCHED_ACT, 0, 0},
	{"netkit/primary", kmodel.PROG_TYPE_SCHED_CLS, kmodel.ATTACH_NETKIT_PRIMARY, 0},
	{"netkit/peer", kmodel.PROG_TYPE_SCHED_CLS, kmodel.ATTACH_NETKIT_PEER, 0},
	{"tracepoint+", kmodel.PROG_TYPE_TRACEPOINT, 0, 0},
	{"tp+", kmodel.PROG_TYPE_TRACEPOINT, 0, 0},
	{"raw_tracepoint+", kmodel.PROG_TYPE_RAW_TRACEPOINT, 0, 0},
	{"raw_tp+", kmodel.PROG_TYPE_RAW_TRACEPOINT, 0, 0},
	{"raw_tracepoint.w+", kmodel.PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0},
	{"raw_tp.w+", kmodel.PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0},
	{"tp_btf+", kmodel.PROG_TYPE_TRACING, kmodel.ATTACH_TRACE_RAW_TP, secAttachBTF},
	{"fentry+", kmodel.PROG_TYPE_TRACING, kmodel.ATTACH_TRACE_FENTRY, secAttachBTF},
	{"fmod_ret+", kmodel.PROG_TYPE_TRACING, kmodel.ATTACH_MODIFY_RETURN, secAttachBTF},
	{"fexit+", kmodel.PROG_TYPE_TRACING, kmodel.ATTACH_TRACE_FEXIT, secAttachBTF},
	{"fentry.s+", kmodel.PROG_TYPE_TRACING, kmodel.ATTACH_TRACE_FENTRY, secAttachBTF | secSleepable},
	{"fmod_ret.s+", kmodel.PROG_TYPE_TRACING, kmodel.ATTACH_MODIFY_RETURN, secAttachBTF | secSleepable},
	{"fexit.s+", kmodel.PROG_TYPE_TRACING, kmodel.ATTACH_TRACE_FEXIT, secAttachBTF | secSleepable},
	{"freplace+", kmodel.PROG_TYPE_EXT, 0, secAttachBTF},
	{"lsm+", kmodel.PROG_TYPE_LSM, kmodel.ATTACH_LSM_MAC, secAttachBTF},
	{"lsm.s+", kmodel.PROG_TYPE_LSM, kmodel.ATTACH_LSM_MAC, secAttachBTF | secSleepable},
	{"lsm_cgroup+", kmodel.PROG_TYPE_LSM, kmodel.ATTACH_LSM_CGROUP, secAttachBTF},
	{"iter+", kmodel.PROG_TYPE_TRACING, kmodel.ATTACH_TRACE_ITER, secAttachBTF},
	{"iter.s+", kmodel.PROG_TYPE_TRACING, kmodel.ATTACH_TRACE_ITER, secAttachBTF | secSleepable},
	{"syscall", kmodel.PROG_TYPE_SYSCALL, 0, secSleepable},
	{"xdp.frags/devmap", kmodel.PROG_TYPE_XDP, kmodel.ATTACH_XDP_DEVMAP, secXDPFrags},
	{"xdp/devmap", kmodel.PROG_TYPE_XDP, kmodel.ATTACH_XDP_DEVMAP, 0},
	{"xdp.frags/cpumap", kmodel.PROG_TYPE_XDP, kmodel.ATTACH_XDP_CPUMAP, secXDPFrags},
	{"xdp/cpumap", kmodel.PROG_TYPE_XDP, kmodel.ATTACH_XDP_CPUMAP, 0},
	{"xdp.frags", kmodel.PROG_TYPE_XDP, kmodel.ATTACH_XDP, secXDPFrags},
	{"xdp", kmodel.PROG_TYPE_XDP, kmodel.ATTACH_XDP, 0},
	{"perf_event", kmodel.PROG_TYPE_PERF_EVENT, 0, 0},
	{"lwt_in", kmodel.PROG_TYPE_LWT_IN, 0, 0},
	{"lwt_out", kmodel.PROG_TYPE_LWT_OUT, 0, 0},
	{"lwt_xmit", kmodel.PROG_TYPE_LWT_XMIT, 0, 0},
	{"lwt_seg6local", kmodel.PROG_TYPE_LWT_SEG6LOCAL, 0, 0},
	{"sockops", kmodel.PROG_TYPE_SOCK_OPS, kmodel.ATTACH_CGROUP_SOCK_OPS, 0},
	{"sk_skb/stream_parser", kmodel.PROG_TYPE_SK_SKB, kmodel.ATTACH_SK_SKB_STREAM_PARSER, 0},
	{"sk_skb/stream_verdict", kmodel.PROG_TYPE_SK_SKB, kmodel.ATTACH_SK_SKB_STREAM_VERDICT, 0},
	{"sk_skb/verdict", kmodel.PROG_TYPE_SK_SKB, kmodel.ATTACH_SK_SKB_VERDICT, 0},
	{"sk_skb", kmodel.PROG_TYPE_SK_SKB, 0, 0},
	{"sk_msg", kmodel.PROG_TYPE_SK_MSG, kmodel.ATTACH_SK_MSG_VERDICT, 0},
	{"lirc_mode2", kmodel.PROG_TYPE_LIRC_MODE2, kmodel.ATTACH_LIRC_MODE2, 0},
	{"flow_dissector", kmodel.PROG_TYPE_FLOW_DISSECTOR, kmodel.ATTACH_FLOW_DISSECTOR, 0},
	{"cgroup_skb/ingress", kmodel.PROG_TYPE_CGROUP_SKB, kmodel.ATTACH_CGROUP_INET_INGRESS, 0},
	{"cgroup_skb/egress", kmodel.PROG_TYPE_CGROUP_SKB, kmodel.ATTACH_CGROUP_INET_EGRESS, 0},
	{"cgroup/skb", kmodel.PROG_TYPE_CGROUP_SKB, 0, 0},
	{"cgroup/sock_create", kmodel.PROG_TYPE_CGROUP_SOCK, kmodel.ATTACH_CGROUP_INET_SOCK_CREATE, 0},
	{"cgroup/sock_release", kmodel.PROG_TYPE_CGROUP_SOCK, kmodel.ATTACH_CGROUP_INET_SOCK_RELEASE, 0},
	{"cgroup/sock", kmodel.PROG_TYPE_CGROUP_SOCK, kmodel.ATTACH_CGROUP_INET_SOCK_CREATE, 0},
	{"cgroup/post_bind4", kmodel.PROG_TYPE_CGROUP_SOCK, kmodel.ATTACH_CGROUP_INET4_POST_BIND, 0},
	{"cgroup/post_bind6", kmodel.PROG_TYPE_CGROUP_SOCK, kmodel.ATTACH_CGROUP_INET6_POST_BIND, 0},
	{"cgroup/bind4", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_INET4_BIND, 0},
	{"cgroup/bind6", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_INET6_BIND, 0},
	{"cgroup/connect4", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_INET4_CONNECT, 0},
	{"cgroup/connect6", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_INET6_CONNECT, 0},
	{"cgroup/connect_unix", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_UNIX_CONNECT, 0},
	{"cgroup/sendmsg4", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_UDP4_SENDMSG, 0},
	{"cgroup/sendmsg6", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_UDP6_SENDMSG, 0},
	{"cgroup/sendmsg_unix", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_UNIX_SENDMSG, 0},
	{"cgroup/recvmsg4", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_UDP4_RECVMSG, 0},
	{"cgroup/recvmsg6", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_UDP6_RECVMSG, 0},
	{"cgroup/recvmsg_unix", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_UNIX_RECVMSG, 0},
	{"cgroup/getpeername4", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_INET4_GETPEERNAME, 0},
	{"cgroup/getpeername6", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_INET6_GETPEERNAME, 0},
	{"cgroup/getpeername_unix", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_UNIX_GETPEERNAME, 0},
	{"cgroup/getsockname4", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_INET4_GETSOCKNAME, 0},
	{"cgroup/getsockname6", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_INET6_GETSOCKNAME, 0},
	{"cgroup/getsockname_unix", kmodel.PROG_TYPE_CGROUP_SOCK_ADDR, kmodel.ATTACH_CGROUP_UNIX_GETSOCKNAME, 0},
	{"cgroup/sysctl", kmodel.PROG_TYPE_CGROUP_SYSCTL, kmodel.ATTACH_CGROUP_SYSCTL, 0},
	{"cgroup/getsockopt", kmodel.PROG_TYPE_CGROUP_SOCKOPT, kmodel.ATTACH_CGROUP_GETSOCKOPT, 0},
	{"cgroup/setsockopt", kmodel.PROG_TYPE_CGROUP_SOCKOPT, kmodel.ATTACH_CGROUP_SETSOCKOPT, 0},
	{"cgroup/dev", kmodel.PROG_TYPE_CGROUP_DEVICE, kmodel.ATTACH_CGROUP_DEVICE, 0},
	{"struct_ops+", kmodel.PROG_TYPE_STRUCT_OPS, 0, 0},
	{"struct_ops.s+", kmodel.PROG_TYPE_STRUCT_OPS, 0, secSleepable},
	{"sk_lookup", kmodel.PROG_TYPE_SK_LOOKUP, kmodel.ATTACH_SK_LOOKUP, 0},
	{"netfilter", kmodel.PROG_TYPE_NETFILTER, kmodel.ATTACH_NETFILTER, 0},
}
