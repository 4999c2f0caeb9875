package verifier

import (
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

const (
	maxRegArgs = 5 // arguments of a function whose type is not known
	ctxArgSize = 8 // bytes of context an argument starts on
)

// target is what the program attaches to.
func (v *verifier) target() *attachment { return &v.attach }

// ctxArg is a context field whose type comes from the kernel's tables and not from BTF alone.
type ctxArg struct {
	off        int
	typ        abi.RegType
	id         uint32
	refcounted bool
	refObjID   uint32 // the reference the program starts with, 0 for none
}

// ctxArgs returns the context fields that need more than BTF.
func (v *verifier) ctxArgs() []ctxArg {
	if !v.mem.ctxArgsKnown {
		v.mem.ctxArgsKnown = true
		switch {
		case v.prog.Attach == abi.ATTACH_TRACE_ITER && v.prog.Type == abi.PROG_TYPE_TRACING:
			v.mem.ctxArgs = v.iterArgs(strings.TrimPrefix(v.attach.name, "bpf_iter_"))
		case v.prog.Type == abi.PROG_TYPE_STRUCT_OPS:
			v.mem.ctxArgs = v.structOpsArgs()
		}
	}
	return v.mem.ctxArgs
}

// iterArgs resolves the kernel's table of an iterator's context.
func (v *verifier) iterArgs(target string) []ctxArg {
	_, ctx := v.typesets[v.attach.set].FindStruct("bpf_iter__" + target)
	if ctx == nil {
		return nil
	}
	var args []ctxArg
	for _, a := range kmodel.IterArgs(target) {
		off, _, ok := types.FindMember(ctx, a.Field)
		if !ok {
			continue
		}
		arg := ctxArg{off: off, typ: a.Type}
		if a.Struct != "" {
			arg.id, _ = v.typesets[state.TypesVmlinux].FindStruct(a.Struct)
		}
		args = append(args, arg)
	}
	return args
}

// structOpsArgs reads from the names of a struct_ops member's stub which arguments may be
// NULL or come with a reference.
func (v *verifier) structOpsArgs() []ctxArg {
	set, proto := v.typesets[v.attach.set], v.attach.proto
	if v.attach.stub == nil || proto == nil {
		return nil
	}
	sp, ok := v.attach.stub.Type.(*btf.FuncProto)
	if !ok || len(sp.Params) != len(proto.Params) {
		return nil
	}
	var args []ctxArg
	off := 0
	for i := range sp.Params {
		arg := ctxArg{off: off, typ: abi.PTR_TO_BTF_ID | abi.PTR_TRUSTED}
		off += argSpan(proto.Params[i].Type)
		switch name := sp.Params[i].Name; {
		case strings.HasSuffix(name, "__nullable"):
			arg.typ |= abi.PTR_MAYBE_NULL
		case strings.HasSuffix(name, "__ref"):
			arg.refcounted = true
		default:
			continue
		}
		if ptr, ok := types.Resolve(proto.Params[i].Type).(*btf.Pointer); ok {
			arg.id = set.ID(types.Resolve(ptr.Target))
			args = append(args, arg)
		}
	}
	return args
}

// acquireCtxArgs takes the references a struct_ops program is called with.
func (v *verifier) acquireCtxArgs() {
	if v.prog.Type != abi.PROG_TYPE_STRUCT_OPS {
		return
	}
	args := v.ctxArgs()
	for i := range args {
		if args[i].refcounted {
			args[i].refObjID = v.acquireReference(0)
		}
	}
}

// argSpan is how many bytes of context an argument takes.
func argSpan(t btf.Type) int {
	size, _ := types.SizeOf(types.Resolve(t))
	return (size + ctxArgSize - 1) / ctxArgSize * ctxArgSize
}

// argAt returns the number of the argument at off: len(proto.Params) is the return
// value, more is nothing.
func argAt(proto *btf.FuncProto, off int) int {
	if proto == nil {
		return off / ctxArgSize
	}
	end := 0
	for i := range proto.Params {
		if end += argSpan(proto.Params[i].Type); off < end {
			return i
		}
	}
	if end += argSpan(proto.Return); off < end {
		return len(proto.Params)
	}
	return len(proto.Params) + 1
}

// btfCtxAccess verifies an access to a context described by BTF: tracing, lsm, struct_ops, iterators
// (btf_ctx_access). What is refused without a message gets the caller's.
func (v *verifier) btfCtxAccess(off, size int, a access, f *ctxField) bool {
	if v.progType() != abi.PROG_TYPE_LSM {
		if off < 0 || off >= ctxArgSize*maxFuncArgs || a != readAccess || off%size != 0 {
			return false
		}
	}
	if v.attach.structOps == "Qdisc_ops" && v.attach.name == "enqueue" && a == readAccess && argAt(v.attach.proto, off) == 2 {
		f.typ, f.set = abi.PTR_TO_BTF_ID|abi.PTR_TRUSTED, v.attach.set
		f.btfID, _ = v.typesets[f.set].FindStruct("bpf_sk_buff_ptr")
		return true
	}
	if !v.btfArgAccess(off, size, f) {
		return false
	}
	if v.attach.structOps == "tcp_congestion_ops" {
		v.promoteSock(f)
	}
	return true
}

// promoteSock makes a congestion control's socket the TCP socket it is.
func (v *verifier) promoteSock(f *ctxField) {
	set := v.typesets[state.TypesVmlinux]
	sock, _ := set.FindStruct("sock")
	if f.typ.Base() == abi.PTR_TO_BTF_ID && f.typ.Flags()&^trustingFlags == 0 && f.btfID == sock {
		f.btfID, _ = set.FindStruct("tcp_sock")
	}
}

// hiddenParams is how many leading parameters of the function attached to programs don't get.
func (v *verifier) hiddenParams() int {
	if v.attach.rawTP {
		return 1
	}
	return 0
}

func (v *verifier) btfArgAccess(off, size int, f *ctxField) bool {
	t := v.target()
	skip := v.hiddenParams()
	if off%ctxArgSize != 0 {
		v.Verbose("func '%s' offset %d is not multiple of 8", t.name, off)
		return false
	}
	arg := argAt(t.proto, off)
	params := maxRegArgs
	if t.proto != nil {
		params = len(t.proto.Params)
	}
	params -= skip
	if arg > params {
		return v.noSuchArg(t, arg)
	}
	if t.proto == nil {
		return v.untypedArg(t, arg, params, f)
	}
	var typ btf.Type
	if arg == params {
		var ok bool
		if typ, ok = v.returnArg(t, arg, f); !ok {
			return false
		}
	} else {
		typ = t.proto.Params[arg+skip].Type
	}
	typ = types.Resolve(typ)
	if plainArg(typ) {
		return true
	}
	ptr, ok := typ.(*btf.Pointer)
	if !ok {
		v.Verbose("func '%s' arg%d '%s' has type %s. Only pointer access is allowed", t.name, arg, types.NameOrAnon(typ), types.KindName(typ))
		return false
	}
	if size != ctxArgSize {
		v.Verbose("func '%s' size %d must be 8", t.name, size)
		return false
	}
	return v.pointerArg(t, arg, off, ptr, f)
}

func (v *verifier) noSuchArg(t *attachment, arg int) bool {
	v.Verbose("func '%s' doesn't have %d-th argument", t.name, arg+1)
	return false
}

// untypedArg is an argument, or the return value, of a function whose type is not known.
func (v *verifier) untypedArg(t *attachment, arg, params int, f *ctxField) bool {
	if arg < params {
		return true
	}
	switch v.prog.Attach {
	case abi.ATTACH_LSM_MAC, abi.ATTACH_LSM_CGROUP, abi.ATTACH_TRACE_FEXIT:
		return true
	case abi.ATTACH_MODIFY_RETURN:
		return false
	}
	return v.noSuchArg(t, arg)
}

// returnArg is the type of the return value, for the programs that are given it behind the arguments.
func (v *verifier) returnArg(t *attachment, arg int, f *ctxField) (btf.Type, bool) {
	switch v.prog.Attach {
	case abi.ATTACH_LSM_MAC:
		if _, void := t.proto.Return.(*btf.Void); !void && v.prog.Type == abi.PROG_TYPE_LSM {
			f.bounded = true
			f.ret.Min, f.ret.Max = kmodel.LSMReturnRange(t.name)
		}
		return t.proto.Return, true
	case abi.ATTACH_LSM_CGROUP, abi.ATTACH_TRACE_FEXIT:
		return t.proto.Return, true
	case abi.ATTACH_MODIFY_RETURN:
		ret := types.Resolve(t.proto.Return)
		if n, isInt := ret.(*btf.Int); !isInt || n.Size > ctxArgSize {
			v.Verbose("ret type %s not allowed for fmod_ret", types.KindName(ret))
			return nil, false
		}
		return ret, true
	}
	return nil, v.noSuchArg(t, arg)
}

// plainArg reports an argument that is plain data.
func plainArg(t btf.Type) bool {
	switch t := t.(type) {
	case *btf.Int:
		return t.Size <= ctxArgSize
	case *btf.Enum, *btf.Struct, *btf.Union:
		return true
	}
	return false
}

// pointerArg finds what a pointer argument gives.
func (v *verifier) pointerArg(t *attachment, arg, off int, ptr *btf.Pointer, f *ctxField) bool {
	var known *ctxArg
	args := v.ctxArgs()
	for i := range args {
		if args[i].off == off {
			known = &args[i]
		}
	}
	if known != nil && known.typ.Base() == abi.PTR_TO_BUF {
		f.typ = known.typ
		return true
	}
	switch types.Resolve(ptr.Target).(type) {
	case *btf.Void, *btf.Int:
		return true
	}
	if known != nil {
		if known.id == 0 {
			v.Verbose("invalid btf_id for context argument offset %d", off)
			return false
		}
		f.typ, f.btfID, f.refObjID = known.typ, known.id, known.refObjID
		if v.prog.Type == abi.PROG_TYPE_STRUCT_OPS {
			f.set = t.set
		}
		return true
	}
	f.typ = abi.PTR_TO_BTF_ID
	if v.ctxArgsTrusted(t) {
		f.typ |= abi.PTR_TRUSTED
	}
	if i := arg + v.hiddenParams(); i < len(t.proto.Params) && strings.HasSuffix(t.proto.Params[i].Name, "__nullable") {
		f.typ |= abi.PTR_MAYBE_NULL
	}
	mayBeError := false
	if v.prog.Attach == abi.ATTACH_TRACE_RAW_TP && v.k.Has(kmodel.RawTPNullArgs) {
		facts, listed := kmodel.RawTracepointArg(t.name, arg)
		if facts&kmodel.RawTPMayBeNull != 0 || !listed && t.set != state.TypesVmlinux {
			f.typ |= abi.PTR_MAYBE_NULL
		}
		mayBeError = facts&kmodel.RawTPMayBeError != 0
	}
	if tag, ok := ptr.Target.(*btf.TypeTag); ok {
		switch tag.Value {
		case "user":
			f.typ |= abi.MEM_USER
		case "percpu":
			f.typ |= abi.MEM_PERCPU
		}
	}
	pointee := types.Resolve(ptr.Target)
	f.set, f.btfID = t.set, v.typesets[t.set].ID(pointee)
	if !types.IsComposite(pointee) {
		v.Verbose("func '%s' arg%d type %s is not a struct", t.name, arg, types.KindName(pointee))
		return false
	}
	if v.Level > 0 {
		v.Verbose("func '%s' arg%d has btf_id %d type %s '%s'", t.name, arg, f.btfID, types.KindName(pointee), types.NameOrAnon(pointee))
	}
	if mayBeError {
		v.Printf("marking pointer arg%d as scalar as it may encode error", arg)
		*f = ctxField{typ: abi.SCALAR_VALUE}
	}
	return true
}

// ctxArgsTrusted reports that pointers in the context point to live objects.
func (v *verifier) ctxArgsTrusted(t *attachment) bool {
	switch v.prog.Type {
	case abi.PROG_TYPE_TRACING:
		return v.prog.Attach == abi.ATTACH_TRACE_RAW_TP || v.prog.Attach == abi.ATTACH_TRACE_ITER
	case abi.PROG_TYPE_LSM:
		return v.k.LSMHookTrusted(t.name)
	case abi.PROG_TYPE_STRUCT_OPS:
		return true
	}
	return false
}
