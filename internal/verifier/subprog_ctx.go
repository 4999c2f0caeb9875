package verifier

import (
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// ctxTypes are the names of the context of programs of this type, that of the target's for a replacement.
func (v *verifier) ctxTypes() (kmodel.CtxTypes, bool) {
	return v.k.CtxTypes(v.rules)
}

// isProgCtx reports that a pointer's type alone says it is the program's context (btf_is_prog_ctx_type).
func (v *verifier) isProgCtx(ptr *btf.Pointer, i int) bool {
	if v.rules.Type == abi.PROG_TYPE_KPROBE && userPtRegs(ptr.Target) {
		return true
	}
	t := types.Resolve(ptr.Target)
	if !types.IsComposite(t) {
		return false
	}
	name := t.TypeName()
	c, ok := v.ctxTypes()
	if !ok {
		v.Verbose("btf_vmlinux is malformed")
		return false
	}
	switch {
	case c.User == "":
		return false
	case name == "":
		return false
	case c.User == "__sk_buff" && name == "sk_buff", c.User == "xdp_md" && name == "xdp_buff":
		return true
	}
	return name == c.User || name == c.UserStruct
}

// userPtRegs reports the typedef bpf_user_pt_regs_t, which programs use for their context.
func userPtRegs(t btf.Type) bool {
	for {
		switch q := t.(type) {
		case *btf.Const:
			t = q.Type
		case *btf.Volatile:
			t = q.Type
		case *btf.Restrict:
			t = q.Type
		case *btf.TypeTag:
			t = q.Type
		case *btf.Typedef:
			return q.Name == "bpf_user_pt_regs_t"
		default:
			return false
		}
	}
}

// validateCtxArg verifies the type of an argument tagged as the context (btf_validate_prog_ctx_type).
func (v *verifier) validateCtxArg(ptr *btf.Pointer, i int) error {
	typ := v.rules.Type
	if (typ == abi.PROG_TYPE_KPROBE || typ == abi.PROG_TYPE_PERF_EVENT) && userPtRegs(ptr.Target) {
		return nil
	}
	t := types.Resolve(ptr.Target)
	if isVoid(t) {
		return nil
	}
	name := t.TypeName()
	if name == "" {
		return v.Reject(abi.EINVAL, "arg#%d type doesn't have a name", i)
	}
	if v.ctxArgByType(t, name, typ) {
		return nil
	}
	c, ok := v.ctxTypes()
	if !ok {
		return v.Reject(abi.EINVAL, "btf_vmlinux is malformed")
	}
	if c.UserStruct == "" {
		return v.Reject(abi.EINVAL, "arg#%d should be void pointer", i)
	}
	if _, isStruct := t.(*btf.Struct); !isStruct || name != c.UserStruct {
		return v.Reject(abi.EINVAL, "arg#%d should be `struct %s *`", i, c.UserStruct)
	}
	return nil
}

// ctxArgByType reports types that program types take as their context besides the regular one.
func (v *verifier) ctxArgByType(t btf.Type, name string, typ abi.ProgType) bool {
	_, isStruct := t.(*btf.Struct)
	n, isInt := t.(*btf.Int)
	isU64 := isInt && n.Size == 8
	switch typ {
	case abi.PROG_TYPE_KPROBE, abi.PROG_TYPE_PERF_EVENT:
		return isStruct && name == "pt_regs"
	case abi.PROG_TYPE_RAW_TRACEPOINT, abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
		abi.PROG_TYPE_LSM, abi.PROG_TYPE_STRUCT_OPS:
		return isU64
	case abi.PROG_TYPE_TRACING:
		switch v.rules.Attach {
		case abi.ATTACH_TRACE_RAW_TP:
			return isU64 || isStruct && name == "bpf_raw_tracepoint_args"
		case abi.ATTACH_TRACE_ITER:
			return isStruct && strings.HasPrefix(name, "bpf_iter__")
		case abi.ATTACH_TRACE_FENTRY, abi.ATTACH_TRACE_FEXIT, abi.ATTACH_MODIFY_RETURN:
			return isU64
		}
	case abi.PROG_TYPE_TRACEPOINT, abi.PROG_TYPE_SYSCALL, abi.PROG_TYPE_EXT:
		return true
	}
	return false
}
