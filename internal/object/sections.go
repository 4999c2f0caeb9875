package object

import (
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
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
	typ    abi.ProgType
	attach abi.AttachType
	flags  sectionFlag
}

// sectionTable is how a loader tells a program's type by the name of its section.
type sectionTable struct {
	defs   []sectionDef // the first match counts
	prefix bool         // a name without "+" also stands for all that begin with it
	other  *sectionDef  // of every other name, nil for none
}

// find returns the definition of a section name (without its "?"), nil for an unknown one, and what the name
// says of a target.
func (t *sectionTable) find(section string) (def *sectionDef, target string) {
	for i := range t.defs {
		if target, ok := t.matches(&t.defs[i], section); ok {
			return &t.defs[i], target
		}
	}
	_, target, _ = strings.Cut(section, "/")
	return t.other, target
}

func (t *sectionTable) matches(d *sectionDef, section string) (target string, ok bool) {
	base, open := strings.CutSuffix(d.name, "+")
	if !open && t.prefix {
		return "", strings.HasPrefix(section, d.name)
	}
	if !open {
		_, target, _ = strings.Cut(section, "/")
		return target, section == d.name
	}
	rest, ok := strings.CutPrefix(section, base)
	return strings.TrimPrefix(rest, "/"), ok && (rest == "" || rest[0] == '/')
}

// sectionsOf are libbpf's sections of these names, which may have a "+" that libbpf's have not.
func sectionsOf(names ...string) []sectionDef {
	defs := make([]sectionDef, len(names))
	for i, name := range names {
		defs[i] = *findSection(strings.TrimSuffix(name, "+"))
		defs[i].name = name
	}
	return defs
}

// sectionsBut are libbpf's sections without those of these names, and without those for many functions.
func sectionsBut(names ...string) []sectionDef {
	return slices.DeleteFunc(slices.Clone(sectionDefs), func(d sectionDef) bool {
		return slices.Contains(names, d.name) || d.attach.One() != d.attach
	})
}

// findSection returns libbpf's definition of a section name, nil for an unknown one.
func findSection(section string) *sectionDef {
	def, _ := libbpf.sections.find(section)
	return def
}

// sectionDefs are the section names that libbpf of Linux 7.3 knows; the first match counts. A newer libbpf only knows more:
// what a kernel does not know of them it refuses itself.
var sectionDefs = []sectionDef{
	{"socket", abi.PROG_TYPE_SOCKET_FILTER, 0, 0},
	{"sk_reuseport/migrate", abi.PROG_TYPE_SK_REUSEPORT, abi.ATTACH_SK_REUSEPORT_SELECT_OR_MIGRATE, 0},
	{"sk_reuseport", abi.PROG_TYPE_SK_REUSEPORT, abi.ATTACH_SK_REUSEPORT_SELECT, 0},
	{"kprobe+", abi.PROG_TYPE_KPROBE, 0, 0},
	{"uprobe+", abi.PROG_TYPE_KPROBE, 0, 0},
	{"uprobe.s+", abi.PROG_TYPE_KPROBE, 0, secSleepable},
	{"kretprobe+", abi.PROG_TYPE_KPROBE, 0, 0},
	{"uretprobe+", abi.PROG_TYPE_KPROBE, 0, 0},
	{"uretprobe.s+", abi.PROG_TYPE_KPROBE, 0, secSleepable},
	{"kprobe.multi+", abi.PROG_TYPE_KPROBE, abi.ATTACH_TRACE_KPROBE_MULTI, 0},
	{"kretprobe.multi+", abi.PROG_TYPE_KPROBE, abi.ATTACH_TRACE_KPROBE_MULTI, 0},
	{"kprobe.session+", abi.PROG_TYPE_KPROBE, abi.ATTACH_TRACE_KPROBE_SESSION, 0},
	{"uprobe.multi+", abi.PROG_TYPE_KPROBE, abi.ATTACH_TRACE_UPROBE_MULTI, 0},
	{"uretprobe.multi+", abi.PROG_TYPE_KPROBE, abi.ATTACH_TRACE_UPROBE_MULTI, 0},
	{"uprobe.session+", abi.PROG_TYPE_KPROBE, abi.ATTACH_TRACE_UPROBE_SESSION, 0},
	{"uprobe.multi.s+", abi.PROG_TYPE_KPROBE, abi.ATTACH_TRACE_UPROBE_MULTI, secSleepable},
	{"uretprobe.multi.s+", abi.PROG_TYPE_KPROBE, abi.ATTACH_TRACE_UPROBE_MULTI, secSleepable},
	{"uprobe.session.s+", abi.PROG_TYPE_KPROBE, abi.ATTACH_TRACE_UPROBE_SESSION, secSleepable},
	{"ksyscall+", abi.PROG_TYPE_KPROBE, 0, 0},
	{"kretsyscall+", abi.PROG_TYPE_KPROBE, 0, 0},
	{"usdt+", abi.PROG_TYPE_KPROBE, 0, secUSDT},
	{"usdt.s+", abi.PROG_TYPE_KPROBE, 0, secUSDT | secSleepable},
	{"tc/ingress", abi.PROG_TYPE_SCHED_CLS, abi.ATTACH_TCX_INGRESS, 0},
	{"tc/egress", abi.PROG_TYPE_SCHED_CLS, abi.ATTACH_TCX_EGRESS, 0},
	{"tcx/ingress", abi.PROG_TYPE_SCHED_CLS, abi.ATTACH_TCX_INGRESS, 0},
	{"tcx/egress", abi.PROG_TYPE_SCHED_CLS, abi.ATTACH_TCX_EGRESS, 0},
	{"tc", abi.PROG_TYPE_SCHED_CLS, 0, 0},
	{"classifier", abi.PROG_TYPE_SCHED_CLS, 0, 0},
	{"action", abi.PROG_TYPE_SCHED_ACT, 0, 0},
	{"netkit/primary", abi.PROG_TYPE_SCHED_CLS, abi.ATTACH_NETKIT_PRIMARY, 0},
	{"netkit/peer", abi.PROG_TYPE_SCHED_CLS, abi.ATTACH_NETKIT_PEER, 0},
	{"tracepoint+", abi.PROG_TYPE_TRACEPOINT, 0, 0},
	{"tp+", abi.PROG_TYPE_TRACEPOINT, 0, 0},
	{"tracepoint.s+", abi.PROG_TYPE_TRACEPOINT, 0, secSleepable},
	{"tp.s+", abi.PROG_TYPE_TRACEPOINT, 0, secSleepable},
	{"raw_tracepoint+", abi.PROG_TYPE_RAW_TRACEPOINT, 0, 0},
	{"raw_tp+", abi.PROG_TYPE_RAW_TRACEPOINT, 0, 0},
	{"raw_tracepoint.s+", abi.PROG_TYPE_RAW_TRACEPOINT, 0, secSleepable},
	{"raw_tp.s+", abi.PROG_TYPE_RAW_TRACEPOINT, 0, secSleepable},
	{"raw_tracepoint.w+", abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0},
	{"raw_tp.w+", abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0},
	{"tp_btf+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_RAW_TP, secAttachBTF},
	{"tp_btf.s+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_RAW_TP, secAttachBTF | secSleepable},
	{"fentry+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FENTRY, secAttachBTF},
	{"fmod_ret+", abi.PROG_TYPE_TRACING, abi.ATTACH_MODIFY_RETURN, secAttachBTF},
	{"fexit+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FEXIT, secAttachBTF},
	{"fentry.s+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FENTRY, secAttachBTF | secSleepable},
	{"fmod_ret.s+", abi.PROG_TYPE_TRACING, abi.ATTACH_MODIFY_RETURN, secAttachBTF | secSleepable},
	{"fexit.s+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FEXIT, secAttachBTF | secSleepable},
	{"fsession+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FSESSION, secAttachBTF},
	{"fsession.s+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FSESSION, secAttachBTF | secSleepable},
	{"fsession.multi+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FSESSION_MULTI, 0},
	{"fsession.multi.s+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FSESSION_MULTI, secSleepable},
	{"fentry.multi+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FENTRY_MULTI, 0},
	{"fexit.multi+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FEXIT_MULTI, 0},
	{"fentry.multi.s+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FENTRY_MULTI, secSleepable},
	{"fexit.multi.s+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FEXIT_MULTI, secSleepable},
	{"freplace+", abi.PROG_TYPE_EXT, 0, secAttachBTF},
	{"lsm+", abi.PROG_TYPE_LSM, abi.ATTACH_LSM_MAC, secAttachBTF},
	{"lsm.s+", abi.PROG_TYPE_LSM, abi.ATTACH_LSM_MAC, secAttachBTF | secSleepable},
	{"lsm_cgroup+", abi.PROG_TYPE_LSM, abi.ATTACH_LSM_CGROUP, secAttachBTF},
	{"iter+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_ITER, secAttachBTF},
	{"iter.s+", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_ITER, secAttachBTF | secSleepable},
	{"syscall", abi.PROG_TYPE_SYSCALL, 0, secSleepable},
	{"xdp.frags/devmap", abi.PROG_TYPE_XDP, abi.ATTACH_XDP_DEVMAP, secXDPFrags},
	{"xdp/devmap", abi.PROG_TYPE_XDP, abi.ATTACH_XDP_DEVMAP, 0},
	{"xdp.frags/cpumap", abi.PROG_TYPE_XDP, abi.ATTACH_XDP_CPUMAP, secXDPFrags},
	{"xdp/cpumap", abi.PROG_TYPE_XDP, abi.ATTACH_XDP_CPUMAP, 0},
	{"xdp.frags", abi.PROG_TYPE_XDP, abi.ATTACH_XDP, secXDPFrags},
	{"xdp", abi.PROG_TYPE_XDP, abi.ATTACH_XDP, 0},
	{"perf_event", abi.PROG_TYPE_PERF_EVENT, 0, 0},
	{"lwt_in", abi.PROG_TYPE_LWT_IN, 0, 0},
	{"lwt_out", abi.PROG_TYPE_LWT_OUT, 0, 0},
	{"lwt_xmit", abi.PROG_TYPE_LWT_XMIT, 0, 0},
	{"lwt_seg6local", abi.PROG_TYPE_LWT_SEG6LOCAL, 0, 0},
	{"sockops", abi.PROG_TYPE_SOCK_OPS, abi.ATTACH_CGROUP_SOCK_OPS, 0},
	{"sk_skb/stream_parser", abi.PROG_TYPE_SK_SKB, abi.ATTACH_SK_SKB_STREAM_PARSER, 0},
	{"sk_skb/stream_verdict", abi.PROG_TYPE_SK_SKB, abi.ATTACH_SK_SKB_STREAM_VERDICT, 0},
	{"sk_skb/verdict", abi.PROG_TYPE_SK_SKB, abi.ATTACH_SK_SKB_VERDICT, 0},
	{"sk_skb", abi.PROG_TYPE_SK_SKB, 0, 0},
	{"sk_msg", abi.PROG_TYPE_SK_MSG, abi.ATTACH_SK_MSG_VERDICT, 0},
	{"lirc_mode2", abi.PROG_TYPE_LIRC_MODE2, abi.ATTACH_LIRC_MODE2, 0},
	{"flow_dissector", abi.PROG_TYPE_FLOW_DISSECTOR, abi.ATTACH_FLOW_DISSECTOR, 0},
	{"cgroup_skb/ingress", abi.PROG_TYPE_CGROUP_SKB, abi.ATTACH_CGROUP_INET_INGRESS, 0},
	{"cgroup_skb/egress", abi.PROG_TYPE_CGROUP_SKB, abi.ATTACH_CGROUP_INET_EGRESS, 0},
	{"cgroup/skb", abi.PROG_TYPE_CGROUP_SKB, 0, 0},
	{"cgroup/sock_create", abi.PROG_TYPE_CGROUP_SOCK, abi.ATTACH_CGROUP_INET_SOCK_CREATE, 0},
	{"cgroup/sock_release", abi.PROG_TYPE_CGROUP_SOCK, abi.ATTACH_CGROUP_INET_SOCK_RELEASE, 0},
	{"cgroup/sock", abi.PROG_TYPE_CGROUP_SOCK, abi.ATTACH_CGROUP_INET_SOCK_CREATE, 0},
	{"cgroup/post_bind4", abi.PROG_TYPE_CGROUP_SOCK, abi.ATTACH_CGROUP_INET4_POST_BIND, 0},
	{"cgroup/post_bind6", abi.PROG_TYPE_CGROUP_SOCK, abi.ATTACH_CGROUP_INET6_POST_BIND, 0},
	{"cgroup/bind4", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_INET4_BIND, 0},
	{"cgroup/bind6", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_INET6_BIND, 0},
	{"cgroup/connect4", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_INET4_CONNECT, 0},
	{"cgroup/connect6", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_INET6_CONNECT, 0},
	{"cgroup/connect_unix", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_UNIX_CONNECT, 0},
	{"cgroup/sendmsg4", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_UDP4_SENDMSG, 0},
	{"cgroup/sendmsg6", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_UDP6_SENDMSG, 0},
	{"cgroup/sendmsg_unix", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_UNIX_SENDMSG, 0},
	{"cgroup/recvmsg4", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_UDP4_RECVMSG, 0},
	{"cgroup/recvmsg6", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_UDP6_RECVMSG, 0},
	{"cgroup/recvmsg_unix", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_UNIX_RECVMSG, 0},
	{"cgroup/getpeername4", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_INET4_GETPEERNAME, 0},
	{"cgroup/getpeername6", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_INET6_GETPEERNAME, 0},
	{"cgroup/getpeername_unix", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_UNIX_GETPEERNAME, 0},
	{"cgroup/getsockname4", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_INET4_GETSOCKNAME, 0},
	{"cgroup/getsockname6", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_INET6_GETSOCKNAME, 0},
	{"cgroup/getsockname_unix", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_UNIX_GETSOCKNAME, 0},
	{"cgroup/sysctl", abi.PROG_TYPE_CGROUP_SYSCTL, abi.ATTACH_CGROUP_SYSCTL, 0},
	{"cgroup/getsockopt", abi.PROG_TYPE_CGROUP_SOCKOPT, abi.ATTACH_CGROUP_GETSOCKOPT, 0},
	{"cgroup/setsockopt", abi.PROG_TYPE_CGROUP_SOCKOPT, abi.ATTACH_CGROUP_SETSOCKOPT, 0},
	{"cgroup/dev", abi.PROG_TYPE_CGROUP_DEVICE, abi.ATTACH_CGROUP_DEVICE, 0},
	{"struct_ops+", abi.PROG_TYPE_STRUCT_OPS, 0, 0},
	{"struct_ops.s+", abi.PROG_TYPE_STRUCT_OPS, 0, secSleepable},
	{"sk_lookup", abi.PROG_TYPE_SK_LOOKUP, abi.ATTACH_SK_LOOKUP, 0},
	{"netfilter", abi.PROG_TYPE_NETFILTER, abi.ATTACH_NETFILTER, 0},
}

// Section is a kind of program, by the section name that stands for it.
type Section struct {
	Name      string // without what it attaches to
	Type      abi.ProgType
	Attach    abi.AttachType
	Sleepable bool
}

// Sections lists the kinds of programs that libbpf knows.
func Sections() []Section {
	all := make([]Section, len(sectionDefs))
	for i, d := range sectionDefs {
		all[i] = Section{strings.TrimSuffix(d.name, "+"), d.typ, d.attach, d.flags&secSleepable != 0}
	}
	return all
}

// FindSection returns the kind of program that a section's name stands for.
func FindSection(name string) (Section, bool) {
	d := findSection(strings.TrimPrefix(name, "?"))
	if d == nil {
		return Section{}, false
	}
	return Section{strings.TrimSuffix(d.name, "+"), d.typ, d.attach, d.flags&secSleepable != 0}, true
}
