package kmodel

import "github.com/bpfverdict/bpfverdict/internal/abi"

// IterArg is what an iterator program gets in one field of its context.
type IterArg struct {
	Field  string      // member of struct bpf_iter__TARGET
	Type   abi.RegType // PTR_TO_BUF, or PTR_TO_BTF_ID with Struct
	Struct string      // name of the struct pointed to, in vmlinux
}

const (
	nullableObj = abi.PTR_TO_BTF_ID | abi.PTR_MAYBE_NULL
	trustedObj  = nullableObj | abi.PTR_TRUSTED
	readBuf     = abi.PTR_TO_BUF | abi.PTR_MAYBE_NULL | abi.MEM_RDONLY
	writeBuf    = abi.PTR_TO_BUF | abi.PTR_MAYBE_NULL
)

// iterArgs are the typed context fields of each iterator target. The field "meta" and those
// not listed get their type from BTF alone.
var iterArgs = map[string][]IterArg{
	"bpf_link":           {{"link", nullableObj, "bpf_link"}},
	"bpf_map":            {{"map", trustedObj, "bpf_map"}},
	"bpf_map_elem":       {{"key", readBuf, ""}, {"value", writeBuf, ""}},
	"bpf_prog":           {{"prog", nullableObj, "bpf_prog"}},
	"bpf_sk_storage_map": {{"sk", nullableObj, "sock"}, {"value", writeBuf, ""}},
	"cgroup":             {{"cgroup", trustedObj, "cgroup"}},
	"dmabuf":             {{"dmabuf", nullableObj, "dma_buf"}},
	"ipv6_route":         {{"rt", nullableObj, "fib6_info"}},
	"kmem_cache":         {{"s", trustedObj, "kmem_cache"}},
	"ksym":               {{"ksym", nullableObj, "kallsym_iter"}},
	"netlink":            {{"sk", nullableObj, "netlink_sock"}},
	"sockmap":            {{"key", readBuf, ""}, {"sk", nullableObj, "sock"}},
	"task":               {{"task", trustedObj, "task_struct"}},
	"task_file":          {{"task", nullableObj, "task_struct"}, {"file", nullableObj, "file"}},
	"task_vma":           {{"task", nullableObj, "task_struct"}, {"vma", nullableObj, "vm_area_struct"}},
	"tcp":                {{"sk_common", trustedObj, "sock_common"}},
	"udp":                {{"udp_sk", trustedObj, "udp_sock"}},
	"unix":               {{"unix_sk", nullableObj, "unix_sock"}},
}

// IterArgs returns the typed context fields of an iterator target, "task" say.
func IterArgs(target string) []IterArg { return iterArgs[target] }

// lsmBool are the LSM hooks that return 0 or 1.
var lsmBool = map[string]bool{
	"bpf_lsm_xfrm_state_pol_flow_match": true,
	"bpf_lsm_audit_rule_known":          true,
	"bpf_lsm_inode_xattr_skipcap":       true,
}

// maxErrno is the largest error number.
const maxErrno = 4095

// LSMReturnRange is the range of what an LSM hook (bpf_lsm_NAME) that returns a value may return.
func LSMReturnRange(hook string) (lo, hi int32) {
	if lsmBool[hook] {
		return 0, 1
	}
	return -maxErrno, 0
}
