package abi

import (
	"slices"
	"strconv"
)

// progNames are program types as bpftool and libbpf write them.
var progNames = [...]string{
	PROG_TYPE_UNSPEC:                  "unspec",
	PROG_TYPE_SOCKET_FILTER:           "socket_filter",
	PROG_TYPE_KPROBE:                  "kprobe",
	PROG_TYPE_SCHED_CLS:               "sched_cls",
	PROG_TYPE_SCHED_ACT:               "sched_act",
	PROG_TYPE_TRACEPOINT:              "tracepoint",
	PROG_TYPE_XDP:                     "xdp",
	PROG_TYPE_PERF_EVENT:              "perf_event",
	PROG_TYPE_CGROUP_SKB:              "cgroup_skb",
	PROG_TYPE_CGROUP_SOCK:             "cgroup_sock",
	PROG_TYPE_LWT_IN:                  "lwt_in",
	PROG_TYPE_LWT_OUT:                 "lwt_out",
	PROG_TYPE_LWT_XMIT:                "lwt_xmit",
	PROG_TYPE_SOCK_OPS:                "sock_ops",
	PROG_TYPE_SK_SKB:                  "sk_skb",
	PROG_TYPE_CGROUP_DEVICE:           "cgroup_device",
	PROG_TYPE_SK_MSG:                  "sk_msg",
	PROG_TYPE_RAW_TRACEPOINT:          "raw_tracepoint",
	PROG_TYPE_CGROUP_SOCK_ADDR:        "cgroup_sock_addr",
	PROG_TYPE_LWT_SEG6LOCAL:           "lwt_seg6local",
	PROG_TYPE_LIRC_MODE2:              "lirc_mode2",
	PROG_TYPE_SK_REUSEPORT:            "sk_reuseport",
	PROG_TYPE_FLOW_DISSECTOR:          "flow_dissector",
	PROG_TYPE_CGROUP_SYSCTL:           "cgroup_sysctl",
	PROG_TYPE_RAW_TRACEPOINT_WRITABLE: "raw_tracepoint_writable",
	PROG_TYPE_CGROUP_SOCKOPT:          "cgroup_sockopt",
	PROG_TYPE_TRACING:                 "tracing",
	PROG_TYPE_STRUCT_OPS:              "struct_ops",
	PROG_TYPE_EXT:                     "ext",
	PROG_TYPE_LSM:                     "lsm",
	PROG_TYPE_SK_LOOKUP:               "sk_lookup",
	PROG_TYPE_SYSCALL:                 "syscall",
	PROG_TYPE_NETFILTER:               "netfilter",
}

// String returns the type as bpftool and libbpf write it, "sched_cls".
func (t ProgType) String() string {
	if int(t) < len(progNames) {
		return progNames[t]
	}
	return "prog_type_" + strconv.Itoa(int(t))
}

// ProgTypeNamed returns the type that String writes so; ok is false where there is none.
func ProgTypeNamed(name string) (t ProgType, ok bool) {
	i := slices.Index(progNames[:], name)
	return ProgType(max(i, 0)), i >= 0
}
