// What programs see of what they run for, besides the contexts of ctx.go: read from the iterators' bpf_iter_reg,
// may_access_direct_pkt_data and the btf_struct_access functions of Linux 6.18.

package v6_18

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

var contexts = kdata.Contexts{
	CtxLayouts: ctxLayouts,
	CtxUses:    ctxUses,
	CtxTypes:   ctxTypes,
	// A system call program's argument has no end in reach; the machine asked knows no infrared events.
	CtxFixed: map[abi.ProgType][]kdata.CtxField{
		abi.PROG_TYPE_SYSCALL: {{Off: 0, Size: 8, Count: math.MaxUint16 / 8,
			Read: kdata.CtxNarrow, Write: kdata.CtxNarrow, Type: abi.SCALAR_VALUE}},
		abi.PROG_TYPE_LIRC_MODE2: {{Off: 0, Size: 4, Count: 1, Read: kdata.CtxExact, Type: abi.SCALAR_VALUE}},
	},
	PacketRead: []abi.ProgType{
		abi.PROG_TYPE_LWT_IN, abi.PROG_TYPE_LWT_OUT, abi.PROG_TYPE_LWT_SEG6LOCAL, abi.PROG_TYPE_SK_REUSEPORT,
		abi.PROG_TYPE_FLOW_DISSECTOR, abi.PROG_TYPE_CGROUP_SKB, abi.PROG_TYPE_SCHED_CLS, abi.PROG_TYPE_SCHED_ACT,
		abi.PROG_TYPE_XDP, abi.PROG_TYPE_LWT_XMIT, abi.PROG_TYPE_SK_SKB, abi.PROG_TYPE_SK_MSG, abi.PROG_TYPE_CGROUP_SOCKOPT,
	},
	PacketWrite: []abi.ProgType{
		abi.PROG_TYPE_SCHED_CLS, abi.PROG_TYPE_SCHED_ACT, abi.PROG_TYPE_XDP, abi.PROG_TYPE_LWT_XMIT, abi.PROG_TYPE_SK_SKB,
		abi.PROG_TYPE_SK_MSG, abi.PROG_TYPE_CGROUP_SOCKOPT,
	},
	CtxPlain: []abi.ProgType{
		abi.PROG_TYPE_KPROBE, abi.PROG_TYPE_TRACEPOINT, abi.PROG_TYPE_RAW_TRACEPOINT, abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
		abi.PROG_TYPE_TRACING, abi.PROG_TYPE_LSM, abi.PROG_TYPE_STRUCT_OPS, abi.PROG_TYPE_SYSCALL,
		abi.PROG_TYPE_CGROUP_DEVICE, abi.PROG_TYPE_LIRC_MODE2, abi.PROG_TYPE_NETFILTER,
	},
	PacketToAny: []abi.ProgType{abi.PROG_TYPE_CGROUP_SOCKOPT},
	IterArgs: map[string][]kdata.IterArg{
		"bpf_link":           {{Field: "link", Type: nullableObj, Struct: "bpf_link"}},
		"bpf_map":            {{Field: "map", Type: trustedObj, Struct: "bpf_map"}},
		"bpf_map_elem":       {{Field: "key", Type: readBuf}, {Field: "value", Type: writeBuf}},
		"bpf_prog":           {{Field: "prog", Type: nullableObj, Struct: "bpf_prog"}},
		"bpf_sk_storage_map": {{Field: "sk", Type: nullableObj, Struct: "sock"}, {Field: "value", Type: writeBuf}},
		"cgroup":             {{Field: "cgroup", Type: trustedObj, Struct: "cgroup"}},
		"dmabuf":             {{Field: "dmabuf", Type: nullableObj, Struct: "dma_buf"}},
		"ipv6_route":         {{Field: "rt", Type: nullableObj, Struct: "fib6_info"}},
		"kmem_cache":         {{Field: "s", Type: trustedObj, Struct: "kmem_cache"}},
		"ksym":               {{Field: "ksym", Type: nullableObj, Struct: "kallsym_iter"}},
		"netlink":            {{Field: "sk", Type: nullableObj, Struct: "netlink_sock"}},
		"sockmap":            {{Field: "key", Type: readBuf}, {Field: "sk", Type: nullableObj, Struct: "sock"}},
		"task":               {{Field: "task", Type: trustedObj, Struct: "task_struct"}},
		"task_file":          {{Field: "task", Type: nullableObj, Struct: "task_struct"}, {Field: "file", Type: nullableObj, Struct: "file"}},
		"task_vma":           {{Field: "task", Type: nullableObj, Struct: "task_struct"}, {Field: "vma", Type: nullableObj, Struct: "vm_area_struct"}},
		"tcp":                {{Field: "sk_common", Type: trustedObj, Struct: "sock_common"}},
		"udp":                {{Field: "udp_sk", Type: trustedObj, Struct: "udp_sock"}},
		"unix":               {{Field: "unix_sk", Type: nullableObj, Struct: "unix_sock"}},
	},
	RawTPArgs: rawTPArgs,
	Writers: []kdata.WriterRule{{
		When:    kdata.When{Types: []abi.ProgType{abi.PROG_TYPE_SCHED_CLS, abi.PROG_TYPE_SCHED_ACT, abi.PROG_TYPE_XDP}},
		Writers: []kdata.BTFWriter{{Structs: []string{"nf_conn", "nf_conn___init"}, Name: "nf_conn", Fields: []string{"mark"}}},
	}},
}

const (
	nullableObj = abi.PTR_TO_BTF_ID | abi.PTR_MAYBE_NULL
	trustedObj  = nullableObj | abi.PTR_TRUSTED
	readBuf     = abi.PTR_TO_BUF | abi.PTR_MAYBE_NULL | abi.MEM_RDONLY
	writeBuf    = abi.PTR_TO_BUF | abi.PTR_MAYBE_NULL
)
