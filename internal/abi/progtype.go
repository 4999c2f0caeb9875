package abi

import "strconv"

// ProgType is a program's type (enum bpf_prog_type).
type ProgType uint32

// Program types.
const (
	PROG_TYPE_UNSPEC ProgType = iota
	PROG_TYPE_SOCKET_FILTER
	PROG_TYPE_KPROBE
	PROG_TYPE_SCHED_CLS
	PROG_TYPE_SCHED_ACT
	PROG_TYPE_TRACEPOINT
	PROG_TYPE_XDP
	PROG_TYPE_PERF_EVENT
	PROG_TYPE_CGROUP_SKB
	PROG_TYPE_CGROUP_SOCK
	PROG_TYPE_LWT_IN
	PROG_TYPE_LWT_OUT
	PROG_TYPE_LWT_XMIT
	PROG_TYPE_SOCK_OPS
	PROG_TYPE_SK_SKB
	PROG_TYPE_CGROUP_DEVICE
	PROG_TYPE_SK_MSG
	PROG_TYPE_RAW_TRACEPOINT
	PROG_TYPE_CGROUP_SOCK_ADDR
	PROG_TYPE_LWT_SEG6LOCAL
	PROG_TYPE_LIRC_MODE2
	PROG_TYPE_SK_REUSEPORT
	PROG_TYPE_FLOW_DISSECTOR
	PROG_TYPE_CGROUP_SYSCTL
	PROG_TYPE_RAW_TRACEPOINT_WRITABLE
	PROG_TYPE_CGROUP_SOCKOPT
	PROG_TYPE_TRACING
	PROG_TYPE_STRUCT_OPS
	PROG_TYPE_EXT
	PROG_TYPE_LSM
	PROG_TYPE_SK_LOOKUP
	PROG_TYPE_SYSCALL
	PROG_TYPE_NETFILTER
)

// AttachType is an expected attach type (enum bpf_attach_type).
type AttachType uint32

// MapType is a map's type (enum bpf_map_type).
type MapType uint32

// Map types.
const (
	MAP_TYPE_UNSPEC                           MapType = 0
	MAP_TYPE_HASH                             MapType = 1
	MAP_TYPE_ARRAY                            MapType = 2
	MAP_TYPE_PROG_ARRAY                       MapType = 3
	MAP_TYPE_PERF_EVENT_ARRAY                 MapType = 4
	MAP_TYPE_PERCPU_HASH                      MapType = 5
	MAP_TYPE_PERCPU_ARRAY                     MapType = 6
	MAP_TYPE_STACK_TRACE                      MapType = 7
	MAP_TYPE_CGROUP_ARRAY                     MapType = 8
	MAP_TYPE_LRU_HASH                         MapType = 9
	MAP_TYPE_LRU_PERCPU_HASH                  MapType = 10
	MAP_TYPE_LPM_TRIE                         MapType = 11
	MAP_TYPE_ARRAY_OF_MAPS                    MapType = 12
	MAP_TYPE_HASH_OF_MAPS                     MapType = 13
	MAP_TYPE_DEVMAP                           MapType = 14
	MAP_TYPE_SOCKMAP                          MapType = 15
	MAP_TYPE_CPUMAP                           MapType = 16
	MAP_TYPE_XSKMAP                           MapType = 17
	MAP_TYPE_SOCKHASH                         MapType = 18
	MAP_TYPE_CGROUP_STORAGE_DEPRECATED        MapType = 19
	MAP_TYPE_REUSEPORT_SOCKARRAY              MapType = 20
	MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED MapType = 21
	MAP_TYPE_QUEUE                            MapType = 22
	MAP_TYPE_STACK                            MapType = 23
	MAP_TYPE_SK_STORAGE                       MapType = 24
	MAP_TYPE_DEVMAP_HASH                      MapType = 25
	MAP_TYPE_STRUCT_OPS                       MapType = 26
	MAP_TYPE_RINGBUF                          MapType = 27
	MAP_TYPE_INODE_STORAGE                    MapType = 28
	MAP_TYPE_TASK_STORAGE                     MapType = 29
	MAP_TYPE_BLOOM_FILTER                     MapType = 30
	MAP_TYPE_USER_RINGBUF                     MapType = 31
	MAP_TYPE_CGRP_STORAGE                     MapType = 32
	MAP_TYPE_ARENA                            MapType = 33
	MAP_TYPE_INSN_ARRAY                       MapType = 34
	MAP_TYPE_RHASH                            MapType = 35
)

// String returns the type's name, such as hash.
func (t MapType) String() string {
	if int(t) < len(mapNames) {
		return mapNames[t]
	}
	return "#" + strconv.Itoa(int(t))
}

// Attach types.
const (
	ATTACH_CGROUP_INET_INGRESS            AttachType = 0
	ATTACH_CGROUP_INET_EGRESS             AttachType = 1
	ATTACH_CGROUP_INET_SOCK_CREATE        AttachType = 2
	ATTACH_CGROUP_SOCK_OPS                AttachType = 3
	ATTACH_SK_SKB_STREAM_PARSER           AttachType = 4
	ATTACH_SK_SKB_STREAM_VERDICT          AttachType = 5
	ATTACH_CGROUP_DEVICE                  AttachType = 6
	ATTACH_SK_MSG_VERDICT                 AttachType = 7
	ATTACH_CGROUP_INET4_BIND              AttachType = 8
	ATTACH_CGROUP_INET6_BIND              AttachType = 9
	ATTACH_CGROUP_INET4_CONNECT           AttachType = 10
	ATTACH_CGROUP_INET6_CONNECT           AttachType = 11
	ATTACH_CGROUP_INET4_POST_BIND         AttachType = 12
	ATTACH_CGROUP_INET6_POST_BIND         AttachType = 13
	ATTACH_CGROUP_UDP4_SENDMSG            AttachType = 14
	ATTACH_CGROUP_UDP6_SENDMSG            AttachType = 15
	ATTACH_LIRC_MODE2                     AttachType = 16
	ATTACH_FLOW_DISSECTOR                 AttachType = 17
	ATTACH_CGROUP_SYSCTL                  AttachType = 18
	ATTACH_CGROUP_UDP4_RECVMSG            AttachType = 19
	ATTACH_CGROUP_UDP6_RECVMSG            AttachType = 20
	ATTACH_CGROUP_GETSOCKOPT              AttachType = 21
	ATTACH_CGROUP_SETSOCKOPT              AttachType = 22
	ATTACH_TRACE_RAW_TP                   AttachType = 23
	ATTACH_TRACE_FENTRY                   AttachType = 24
	ATTACH_TRACE_FEXIT                    AttachType = 25
	ATTACH_MODIFY_RETURN                  AttachType = 26
	ATTACH_LSM_MAC                        AttachType = 27
	ATTACH_TRACE_ITER                     AttachType = 28
	ATTACH_CGROUP_INET4_GETPEERNAME       AttachType = 29
	ATTACH_CGROUP_INET6_GETPEERNAME       AttachType = 30
	ATTACH_CGROUP_INET4_GETSOCKNAME       AttachType = 31
	ATTACH_CGROUP_INET6_GETSOCKNAME       AttachType = 32
	ATTACH_XDP_DEVMAP                     AttachType = 33
	ATTACH_CGROUP_INET_SOCK_RELEASE       AttachType = 34
	ATTACH_XDP_CPUMAP                     AttachType = 35
	ATTACH_SK_LOOKUP                      AttachType = 36
	ATTACH_XDP                            AttachType = 37
	ATTACH_SK_SKB_VERDICT                 AttachType = 38
	ATTACH_SK_REUSEPORT_SELECT            AttachType = 39
	ATTACH_SK_REUSEPORT_SELECT_OR_MIGRATE AttachType = 40
	ATTACH_PERF_EVENT                     AttachType = 41
	ATTACH_TRACE_KPROBE_MULTI             AttachType = 42
	ATTACH_LSM_CGROUP                     AttachType = 43
	ATTACH_STRUCT_OPS                     AttachType = 44
	ATTACH_NETFILTER                      AttachType = 45
	ATTACH_TCX_INGRESS                    AttachType = 46
	ATTACH_TCX_EGRESS                     AttachType = 47
	ATTACH_TRACE_UPROBE_MULTI             AttachType = 48
	ATTACH_CGROUP_UNIX_CONNECT            AttachType = 49
	ATTACH_CGROUP_UNIX_SENDMSG            AttachType = 50
	ATTACH_CGROUP_UNIX_RECVMSG            AttachType = 51
	ATTACH_CGROUP_UNIX_GETPEERNAME        AttachType = 52
	ATTACH_CGROUP_UNIX_GETSOCKNAME        AttachType = 53
	ATTACH_NETKIT_PRIMARY                 AttachType = 54
	ATTACH_NETKIT_PEER                    AttachType = 55
	ATTACH_TRACE_KPROBE_SESSION           AttachType = 56
	ATTACH_TRACE_UPROBE_SESSION           AttachType = 57
	ATTACH_TRACE_FSESSION                 AttachType = 58
	ATTACH_TRACE_FENTRY_MULTI             AttachType = 59
	ATTACH_TRACE_FEXIT_MULTI              AttachType = 60
	ATTACH_TRACE_FSESSION_MULTI           AttachType = 61
)

// One is how programs attach to one function in the way that those of this type do to many; the type itself for all others.
func (t AttachType) One() AttachType {
	switch t {
	case ATTACH_TRACE_FENTRY_MULTI:
		return ATTACH_TRACE_FENTRY
	case ATTACH_TRACE_FEXIT_MULTI:
		return ATTACH_TRACE_FEXIT
	case ATTACH_TRACE_FSESSION_MULTI:
		return ATTACH_TRACE_FSESSION
	}
	return t
}
