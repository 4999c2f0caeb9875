// What programs may return, read from check_return_code in kernel/bpf/verifier.c of Linux 6.18.

package v6_18

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

var anyValue = kdata.RetRange{Min: math.MinInt32, Max: math.MaxInt32}

func within(lo, hi int32) kdata.RetRange { return kdata.RetRange{Min: lo, Max: hi, Checked: true} }

func progs(typ abi.ProgType, attach ...abi.AttachType) kdata.When {
	return kdata.When{Types: []abi.ProgType{typ}, Attach: attach}
}

var returns = []kdata.ReturnRule{
	{When: progs(abi.PROG_TYPE_CGROUP_SOCK_ADDR,
		abi.ATTACH_CGROUP_UDP4_RECVMSG, abi.ATTACH_CGROUP_UDP6_RECVMSG, abi.ATTACH_CGROUP_UNIX_RECVMSG,
		abi.ATTACH_CGROUP_INET4_GETPEERNAME, abi.ATTACH_CGROUP_INET6_GETPEERNAME, abi.ATTACH_CGROUP_UNIX_GETPEERNAME,
		abi.ATTACH_CGROUP_INET4_GETSOCKNAME, abi.ATTACH_CGROUP_INET6_GETSOCKNAME, abi.ATTACH_CGROUP_UNIX_GETSOCKNAME,
	), RetRange: within(1, 1)},
	{When: progs(abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_INET4_BIND, abi.ATTACH_CGROUP_INET6_BIND), RetRange: within(0, 3)},
	{When: progs(abi.PROG_TYPE_CGROUP_SKB, abi.ATTACH_CGROUP_INET_EGRESS), RetRange: within(0, 3)},
	{When: kdata.When{Types: []abi.ProgType{
		abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.PROG_TYPE_CGROUP_SKB, abi.PROG_TYPE_CGROUP_SOCK, abi.PROG_TYPE_SOCK_OPS,
		abi.PROG_TYPE_CGROUP_DEVICE, abi.PROG_TYPE_CGROUP_SYSCTL, abi.PROG_TYPE_CGROUP_SOCKOPT, abi.PROG_TYPE_SK_LOOKUP,
		abi.PROG_TYPE_NETFILTER,
	}}, RetRange: within(0, 1)},
	{When: progs(abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FENTRY, abi.ATTACH_TRACE_FEXIT), RetRange: within(0, 0)},
	{When: progs(abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_RAW_TP, abi.ATTACH_MODIFY_RETURN), RetRange: anyValue},
	{When: progs(abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_ITER), RetRange: within(0, 1)},
	{When: progs(abi.PROG_TYPE_TRACING), RetRange: kdata.RetRange{Unsupported: true}},
	{When: progs(abi.PROG_TYPE_KPROBE, abi.ATTACH_TRACE_KPROBE_SESSION, abi.ATTACH_TRACE_UPROBE_SESSION), RetRange: within(0, 1)},
}
