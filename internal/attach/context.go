package attach

import (
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/kproto"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// ctxArgSize is the step, in bytes of context, at which arguments start.
const ctxArgSize = 8

// ctxArg is a context field whose type comes from the kernel's tables and not from BTF alone.
type ctxArg struct {
	off        int
	typ        abi.RegType
	id         uint32
	refcounted bool
	refObjID   uint32 // the reference the program starts with, 0 for none
}

// Field is what a load from the context gives.
type Field struct {
	Type     abi.RegType
	Set      uint8  // type set of BTFID
	BTFID    uint32 // for PTR_TO_BTF_ID
	RefObjID uint32 // the reference the program starts with, 0 for none
	// Bounded: the value is an LSM hook's return value, in the range Ret.
	Bounded bool
	Ret     state.RetRange
}

// ctxArgs returns the context fields that need more than BTF.
func (t *Target) ctxArgs() []ctxArg {
	switch {
	case t.rules.Attach == abi.ATTACH_TRACE_ITER && t.rules.Type == abi.PROG_TYPE_TRACING:
		return t.iterArgs(strings.TrimPrefix(t.Name, "bpf_iter_"))
	case t.rules.Type == abi.PROG_TYPE_STRUCT_OPS:
		return t.structOpsArgs()
	}
	return nil
}

// iterArgs resolves the kernel's table of an iterator's context.
func (t *Target) iterArgs(target string) []ctxArg {
	_, ctx := t.typesets[t.Set].FindStruct("bpf_iter__" + target)
	if ctx == nil {
		return nil
	}
	var args []ctxArg
	for _, a := range t.k.IterArgs(target) {
		off, _, ok := types.FindMember(ctx, a.Field)
		if !ok {
			continue
		}
		arg := ctxArg{off: off, typ: a.Type}
		if a.Struct != "" {
			arg.id, _ = t.typesets[state.TypesVmlinux].FindStruct(a.Struct)
		}
		args = append(args, arg)
	}
	return args
}

// structOpsArgs reads from the names of a struct_ops member's stub which arguments may be
// NULL, come with a reference, or point into the program's arena.
func (t *Target) structOpsArgs() []ctxArg {
	set, proto := t.typesets[t.Set], t.Proto
	if t.stub == nil || proto == nil {
		return nil
	}
	sp, ok := t.stub.Type.(*btf.FuncProto)
	if !ok || len(sp.Params) != len(proto.Params) {
		return nil
	}
	var args []ctxArg
	off := 0
	for i := range sp.Params {
		arg := ctxArg{off: off, typ: abi.PTR_TO_BTF_ID | abi.PTR_TRUSTED}
		off += argSpan(proto.Params[i].Type)
		switch marks := t.k.ParamMarks(sp.Params[i].Name); {
		case marks&kdata.ParamArena != 0:
			args = append(args, ctxArg{off: arg.off, typ: abi.PTR_TO_ARENA})
			continue
		case marks&kdata.ParamNullable != 0:
			arg.typ |= abi.PTR_MAYBE_NULL
		case marks&kdata.ParamRef != 0:
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

// AcquireArgs takes the references a struct_ops program is called with, by acquire, which returns the id of a new one.
func (t *Target) AcquireArgs(acquire func() uint32) {
	for i := range t.args {
		if t.args[i].refcounted {
			t.args[i].refObjID = acquire()
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

// Access verifies an access to a context described by BTF and says what a load gives (btf_ctx_access).
// Where the log is not told why one is refused, the caller's message says all.
func (t *Target) Access(off, size int, write bool) (Field, bool) {
	f, ok := t.access(off, size, write)
	if !t.k.Has(kmodel.TrustedPointers) {
		f.Type &^= abi.PTR_TRUSTED
	}
	return f, ok
}

func (t *Target) access(off, size int, write bool) (Field, bool) {
	f := Field{Type: abi.SCALAR_VALUE}
	if t.rules.Type != abi.PROG_TYPE_LSM {
		if maxArgs, _ := t.k.TraceLimits(); off < 0 || off >= ctxArgSize*maxArgs || write || off%size != 0 {
			return f, false
		}
	}
	if t.StructOps != "" && !write {
		if name := t.k.StructOpsArg(t.StructOps, t.Name, argAt(t.Proto, off)); name != "" {
			f.Type, f.Set = abi.PTR_TO_BTF_ID|abi.PTR_TRUSTED, t.Set
			f.BTFID, _ = t.typesets[f.Set].FindStruct(name)
			return f, true
		}
	}
	ok := t.argAccess(off, size, &f)
	if ok && t.StructOps != "" {
		t.seeAs(&f)
	}
	return f, ok
}

// seeAs makes an object the larger one that it begins, where programs for the struct see it so: a congestion control's
// socket is a TCP socket.
func (t *Target) seeAs(f *Field) {
	if f.Type.Base() != abi.PTR_TO_BTF_ID || f.Type.Flags()&^abi.TRUSTED_MODIFIERS != 0 {
		return
	}
	set := t.typesets[f.Set]
	if as := t.k.StructOpsSeen(t.StructOps, types.Name(set.ByID(f.BTFID))); as != "" {
		f.BTFID, _ = set.FindStruct(as)
	}
}

// hiddenParams is how many leading parameters of the function attached to programs don't get.
func (t *Target) hiddenParams() int {
	if t.rawTP {
		return 1
	}
	return 0
}

func (t *Target) argAccess(off, size int, f *Field) bool {
	skip := t.hiddenParams()
	if off%ctxArgSize != 0 {
		t.log.Verbose("func '%s' offset %d is not multiple of 8", t.Name, off)
		return false
	}
	arg := argAt(t.Proto, off)
	params := insn.MaxArgs
	if t.Proto != nil {
		params = len(t.Proto.Params)
	}
	params -= skip
	if arg > params {
		return t.noSuchArg(arg)
	}
	if t.Proto == nil {
		return t.untypedArg(arg, params)
	}
	var typ btf.Type
	if arg == params {
		var ok bool
		if typ, ok = t.returnArg(arg, f); !ok {
			return false
		}
	} else {
		typ = t.Proto.Params[arg+skip].Type
	}
	typ = types.Resolve(typ)
	if plainArg(typ) {
		return true
	}
	ptr, ok := typ.(*btf.Pointer)
	if !ok {
		t.log.Verbose("func '%s' arg%d '%s' has type %s. Only pointer access is allowed", t.Name, arg, types.NameOrAnon(typ), types.KindName(typ))
		return false
	}
	if size != ctxArgSize {
		t.log.Verbose("func '%s' size %d must be 8", t.Name, size)
		return false
	}
	return t.pointerArg(arg, off, ptr, f)
}

func (t *Target) noSuchArg(arg int) bool {
	t.log.Verbose("func '%s' doesn't have %d-th argument", t.Name, arg+1)
	return false
}

// untypedArg is an argument, or the return value, of a function whose type is not known.
func (t *Target) untypedArg(arg, params int) bool {
	if arg < params {
		return true
	}
	switch t.rules.Attach {
	case abi.ATTACH_LSM_MAC, abi.ATTACH_LSM_CGROUP, abi.ATTACH_TRACE_FEXIT, abi.ATTACH_TRACE_FSESSION:
		return true
	case abi.ATTACH_MODIFY_RETURN:
		return false
	}
	return t.noSuchArg(arg)
}

// returnArg is the type of the return value, for the programs that are given it behind the arguments.
func (t *Target) returnArg(arg int, f *Field) (btf.Type, bool) {
	if t.rules.Many {
		return nil, t.noSuchArg(arg)
	}
	switch t.rules.Attach {
	case abi.ATTACH_LSM_MAC:
		if _, void := t.Proto.Return.(*btf.Void); !void && t.rules.Type == abi.PROG_TYPE_LSM {
			f.Bounded = true
			f.Ret.Min, f.Ret.Max = t.k.LSMReturnRange(t.Name)
		}
		return t.Proto.Return, true
	case abi.ATTACH_LSM_CGROUP, abi.ATTACH_TRACE_FEXIT, abi.ATTACH_TRACE_FSESSION:
		return t.Proto.Return, true
	case abi.ATTACH_MODIFY_RETURN:
		ret := types.Resolve(t.Proto.Return)
		if n, isInt := ret.(*btf.Int); !isInt || n.Size > ctxArgSize {
			t.log.Verbose("ret type %s not allowed for fmod_ret", types.KindName(ret))
			return nil, false
		}
		return ret, true
	}
	return nil, t.noSuchArg(arg)
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
func (t *Target) pointerArg(arg, off int, ptr *btf.Pointer, f *Field) bool {
	var known *ctxArg
	if i := slices.IndexFunc(t.args, func(a ctxArg) bool { return a.off == off }); i >= 0 {
		known = &t.args[i]
	}
	if known != nil && (known.typ.Base() == abi.PTR_TO_BUF || known.typ == abi.PTR_TO_ARENA) {
		f.Type = known.typ
		return true
	}
	pointee := types.Resolve(ptr.Target)
	switch p := pointee.(type) {
	case *btf.Void:
		return true
	case *btf.Int:
		if t.k.Has(kmodel.IntPointers) || p.Size == 1 {
			return true
		}
	}
	if !types.IsComposite(pointee) && t.k.Has(kmodel.PointersToPointers) {
		return true
	}
	if known != nil {
		return t.knownArg(known, off, f)
	}
	facts := t.tracepointFacts(arg)
	f.Type = abi.PTR_TO_BTF_ID | t.argFlags(arg, ptr)
	if facts&kmodel.RawTPMayBeNull != 0 {
		f.Type |= abi.PTR_MAYBE_NULL
	}
	if t.other != nil {
		return t.otherContext(ptr, f)
	}
	f.Set, f.BTFID = t.Set, t.typesets[t.Set].ID(pointee)
	if !types.IsComposite(pointee) {
		t.log.Verbose("func '%s' arg%d type %s is not a struct", t.Name, arg, types.KindName(pointee))
		return false
	}
	if t.log.Level > 0 {
		t.log.Verbose("func '%s' arg%d has btf_id %d type %s '%s'", t.Name, arg, f.BTFID, types.KindName(pointee), types.NameOrAnon(pointee))
	}
	if facts&kmodel.RawTPMayBeError != 0 {
		t.log.Printf("marking pointer arg%d as scalar as it may encode error", arg)
		*f = Field{Type: abi.SCALAR_VALUE}
	}
	return true
}

// otherContext is a pointer that a function of another program is given: that program's context as the kernel has
// it, or nothing that could be told.
func (t *Target) otherContext(ptr *btf.Pointer, f *Field) bool {
	into := Rules(t.k, t.other.Image)
	ctx := kproto.ContextOf(t.k, into)
	if !ctx.Is(ptr) {
		return false
	}
	f.Set, f.BTFID = state.TypesVmlinux, t.k.KernCtx(into)
	return f.BTFID != 0
}

// knownArg is an argument that the kernel's tables or its stub tell of.
func (t *Target) knownArg(known *ctxArg, off int, f *Field) bool {
	if known.id == 0 {
		t.log.Verbose("invalid btf_id for context argument offset %d", off)
		return false
	}
	f.Type, f.BTFID, f.RefObjID = known.typ, known.id, known.refObjID
	if t.rules.Type == abi.PROG_TYPE_STRUCT_OPS {
		f.Set = t.Set
	}
	return true
}

// argFlags are the flags of a pointer argument of which only BTF tells.
func (t *Target) argFlags(arg int, ptr *btf.Pointer) (flags abi.RegType) {
	if t.argsTrusted() {
		flags |= abi.PTR_TRUSTED
	}
	if i := arg + t.hiddenParams(); i < len(t.Proto.Params) && t.k.ParamMarks(t.Proto.Params[i].Name)&kdata.ParamNullable != 0 {
		flags |= abi.PTR_MAYBE_NULL
	}
	if tag, ok := ptr.Target.(*btf.TypeTag); ok {
		switch tag.Value {
		case "user":
			flags |= abi.MEM_USER
		case "percpu":
			flags |= abi.MEM_PERCPU
		}
	}
	return flags
}

// tracepointFacts is what is listed of a tracepoint's argument. Those of modules may all be NULL, as nobody listed them.
func (t *Target) tracepointFacts(arg int) kmodel.RawTPArg {
	if t.rules.Attach != abi.ATTACH_TRACE_RAW_TP || !t.k.Has(kmodel.RawTPNullArgs) {
		return 0
	}
	facts, listed := t.k.RawTracepointArg(t.Name, arg)
	if !listed && t.Set != state.TypesVmlinux {
		return kmodel.RawTPMayBeNull
	}
	return facts
}

// argsTrusted reports that pointers in the context point to live objects.
func (t *Target) argsTrusted() bool {
	switch t.rules.Type {
	case abi.PROG_TYPE_TRACING:
		return t.rules.Attach == abi.ATTACH_TRACE_RAW_TP || t.rules.Attach == abi.ATTACH_TRACE_ITER
	case abi.PROG_TYPE_LSM:
		return t.k.LSMHookTrusted(t.Name)
	case abi.PROG_TYPE_STRUCT_OPS:
		return true
	}
	return false
}
