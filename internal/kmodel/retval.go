package kmodel

import (
	"math"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// RetRange says which values a program may return.
type RetRange struct {
	Min, Max int32
	// Checked is false where any value, even a pointer, may be returned.
	Checked bool
	// Ret32: the value is compared as 32 bits, by its signed range.
	Ret32 bool
	// NoValue: R0 is not even looked at.
	NoValue bool
	// Unsupported: the attach type is none this program type may have.
	Unsupported bool
}

var anyValue = RetRange{Min: math.MinInt32, Max: math.MaxInt32}

func within(lo, hi int32) RetRange { return RetRange{Min: lo, Max: hi, Checked: true} }

// retRules are the ranges of program types, and of some attach types of theirs. Types without an
// entry may return anything.
var retRules = map[abi.ProgType]struct {
	rest     RetRange // attach types not listed
	byAttach map[abi.AttachType]RetRange
}{
	abi.PROG_TYPE_CGROUP_SOCK_ADDR: {within(0, 1), map[abi.AttachType]RetRange{
		abi.ATTACH_CGROUP_UDP4_RECVMSG: within(1, 1), abi.ATTACH_CGROUP_UDP6_RECVMSG: within(1, 1),
		abi.ATTACH_CGROUP_UNIX_RECVMSG:      within(1, 1),
		abi.ATTACH_CGROUP_INET4_GETPEERNAME: within(1, 1), abi.ATTACH_CGROUP_INET6_GETPEERNAME: within(1, 1),
		abi.ATTACH_CGROUP_UNIX_GETPEERNAME:  within(1, 1),
		abi.ATTACH_CGROUP_INET4_GETSOCKNAME: within(1, 1), abi.ATTACH_CGROUP_INET6_GETSOCKNAME: within(1, 1),
		abi.ATTACH_CGROUP_UNIX_GETSOCKNAME: within(1, 1),
		abi.ATTACH_CGROUP_INET4_BIND:       within(0, 3), abi.ATTACH_CGROUP_INET6_BIND: within(0, 3),
	}},
	abi.PROG_TYPE_CGROUP_SKB: {within(0, 1), map[abi.AttachType]RetRange{
		abi.ATTACH_CGROUP_INET_EGRESS: within(0, 3),
	}},
	abi.PROG_TYPE_CGROUP_SOCK:    {rest: within(0, 1)},
	abi.PROG_TYPE_SOCK_OPS:       {rest: within(0, 1)},
	abi.PROG_TYPE_CGROUP_DEVICE:  {rest: within(0, 1)},
	abi.PROG_TYPE_CGROUP_SYSCTL:  {rest: within(0, 1)},
	abi.PROG_TYPE_CGROUP_SOCKOPT: {rest: within(0, 1)},
	abi.PROG_TYPE_SK_LOOKUP:      {rest: within(0, 1)},
	abi.PROG_TYPE_NETFILTER:      {rest: within(0, 1)},
	abi.PROG_TYPE_TRACING: {RetRange{Unsupported: true}, map[abi.AttachType]RetRange{
		abi.ATTACH_TRACE_FENTRY: within(0, 0), abi.ATTACH_TRACE_FEXIT: within(0, 0),
		abi.ATTACH_TRACE_RAW_TP: anyValue, abi.ATTACH_MODIFY_RETURN: anyValue,
		abi.ATTACH_TRACE_ITER: within(0, 1),
	}},
	abi.PROG_TYPE_KPROBE: {anyValue, map[abi.AttachType]RetRange{
		abi.ATTACH_TRACE_KPROBE_SESSION: within(0, 1), abi.ATTACH_TRACE_UPROBE_SESSION: within(0, 1),
	}},
}

// RetRange returns what a program may return from its main function. void says that the attach target's
// function (of LSM, struct_ops) returns nothing. struct_ops programs whose member returns a pointer are the
// verifier's business: they return a reference or 0.
func (m *Model) RetRange(p Prog, void bool) RetRange {
	switch p.Type {
	case abi.PROG_TYPE_LSM:
		return lsmRetRange(p, void)
	case abi.PROG_TYPE_STRUCT_OPS:
		r := anyValue
		r.NoValue = void
		return r
	}
	rule, ok := retRules[p.Type]
	if !ok {
		return anyValue
	}
	if r, ok := rule.byAttach[p.Attach]; ok {
		return r
	}
	return rule.rest
}

func lsmRetRange(p Prog, void bool) RetRange {
	if p.Attach == abi.ATTACH_LSM_CGROUP {
		if void {
			return within(1, 1)
		}
		return within(0, 1)
	}
	r := anyValue
	r.NoValue = void
	if !void {
		lo, hi := LSMReturnRange("bpf_lsm_" + strings.TrimPrefix(p.AttachName, "bpf_lsm_"))
		r = within(lo, hi)
		r.Ret32 = true
	}
	return r
}
