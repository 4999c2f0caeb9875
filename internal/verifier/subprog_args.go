package verifier

import (
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/kproto"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// describeFunc works out from BTF what a function takes (btf_prepare_func_args). EINVAL
// says that BTF doesn't tell; for global functions that comes with a message.
func (v *verifier) describeFunc(subprog int) error {
	sub := &v.subprogs[subprog]
	if sub.argsCached {
		return nil
	}
	if sub.FuncInfo < 0 || sub.FuncInfo >= len(v.img.Funcs) {
		return v.Bug("func_info undefined")
	}
	fn, ok := v.img.BTF.ByID(v.img.Funcs[sub.FuncInfo].TypeID).(*btf.Func)
	if !ok {
		return v.Reject(abi.EFAULT, "BTF of func#%d doesn't point to KIND_FUNC", subprog)
	}
	if sub.unreliable {
		return v.Bug("unreliable BTF for function %s()", fn.Name)
	}
	proto, ok := fn.Type.(*btf.FuncProto)
	if !ok {
		return v.Reject(abi.EFAULT, "Invalid type of function %s()", fn.Name)
	}
	if n := len(proto.Params); n > insn.MaxArgs {
		return v.rejectGlobal(sub, abi.EINVAL, "Global function %s() with %d > %d args. Buggy compiler.", fn.Name, n, insn.MaxArgs)
	}
	ret := types.Resolve(proto.Return)
	sub.void = types.IsVoid(ret)
	switch {
	case types.IsScalar(ret):
	case !v.k.Has(kmodel.GlobalFuncVoid):
		return v.rejectGlobal(sub, abi.EINVAL, "Global function %s() doesn't return scalar. Only those are supported.", fn.Name)
	case !sub.void && !(subprog != 0 && v.inArena(ret)):
		errno := abi.EINVAL
		if v.k.Has(kmodel.ArenaTypeTags) {
			errno = abi.EOPNOTSUPP
		}
		return v.rejectGlobal(sub, errno, "Global function %s() return value not void or scalar. Only those are supported.", fn.Name)
	}
	args := scratch.Make[argInfo](v.code.Mem, len(proto.Params))
	for i := range proto.Params {
		var tags []string
		if i < len(fn.ParamTags) {
			tags = fn.ParamTags[i]
		}
		if err := v.describeArg(sub, fn.Name, i, proto.Params[i].Type, tags, &args[i]); err != nil {
			return err
		}
	}
	sub.args, sub.argsCached = args, true
	return nil
}

// describeMain works out whether the BTF of the program's main function can be believed: it must take the context alone.
func (v *verifier) describeMain() error {
	if v.mainDescribed || len(v.img.Funcs) == 0 || v.prog.Type == abi.PROG_TYPE_EXT {
		return nil
	}
	v.mainDescribed = true
	before := v.Position()
	main := &v.subprogs[0]
	described := v.k.Has(kmodel.FuncArgTags)
	var err error
	if described {
		err = v.describeFunc(0)
	} else {
		var atStart [insn.MaxReg]state.Reg
		atStart[insn.R1].MarkPtr(abi.PTR_TO_CTX)
		err = v.matchOlder(main, &atStart)
	}
	if v.Level == 0 { // the walk has begun; the kernel says it before
		v.Reset(before)
	}
	if err != nil && !vlog.IsRefusal(err) {
		return err
	}
	main.unreliable = err != nil || described && (len(main.args) != 1 || main.args[0].typ != abi.ARG_PTR_TO_CTX)
	return nil
}

// matchOlder compares the BTF of a function whose arguments are not described by it, the main one or a static one, with what the
// registers hold when it is entered (btf_check_func_arg_match).
func (v *verifier) matchOlder(sub *subprog, regs *[insn.MaxReg]state.Reg) error {
	if sub.FuncInfo < 0 || sub.FuncInfo >= len(v.img.Funcs) {
		return vlog.Fail(abi.EINVAL)
	}
	id := v.img.Funcs[sub.FuncInfo].TypeID
	fn, ok := v.img.BTF.ByID(id).(*btf.Func)
	if !ok {
		return vlog.Fail(abi.EFAULT)
	}
	proto, ok := fn.Type.(*btf.FuncProto)
	if !ok {
		return vlog.Fail(abi.EFAULT)
	}
	if n := len(proto.Params); n > insn.MaxArgs {
		return v.Reject(abi.EINVAL, "Function %s has %d > %d args", fn.Name, n, insn.MaxArgs)
	}
	for i, p := range proto.Params {
		t := types.Resolve(p.Type)
		ptr, isPtr := t.(*btf.Pointer)
		regno := insn.R1 + i
		switch number := regs[regno].Type == abi.SCALAR_VALUE; {
		case types.IsScalar(t) && number:
			continue
		case types.IsScalar(t):
			return v.Reject(abi.EINVAL, "R%d is not a scalar", regno)
		case isPtr && number && v.Whole():
			return v.Reject(abi.EINVAL, "R%d is not a pointer", regno)
		case isPtr && v.isProgCtx(ptr):
			if regs[regno].Type != abi.PTR_TO_CTX {
				return v.Reject(abi.EINVAL, "arg#%d expected pointer to ctx, but got %s", i, types.KindName(t))
			}
			continue
		case isPtr && !v.Whole():
			return v.Reject(abi.EINVAL, "reg type unsupported for arg#%d function %s#%d", i, fn.Name, id)
		case isPtr:
			v.noteNoStruct(i, ptr)
		}
		return v.Reject(abi.EINVAL, "Unrecognized arg#%d type %s", i, types.KindName(t))
	}
	return nil
}

// noteNoStruct logs, where the kernel does, that what a pointer points to can't be the context.
func (v *verifier) noteNoStruct(i int, ptr *btf.Pointer) {
	if v.Level > 0 && v.Whole() && !types.IsComposite(types.Resolve(ptr.Target)) {
		v.Verbose("arg#%d type is not a struct", i)
	}
}

// rejectGlobal tells why BTF can't be used only for global functions; static ones do without.
func (v *verifier) rejectGlobal(sub *subprog, e abi.Errno, format string, args ...any) error {
	if !sub.Global {
		return vlog.Fail(e)
	}
	return v.Reject(e, format, args...)
}

// describeArg works out one argument.
func (v *verifier) describeArg(sub *subprog, fn string, i int, typ btf.Type, declTags []string, arg *argInfo) error {
	var tags kdata.FuncTag
	for _, d := range declTags {
		name, isArg := strings.CutPrefix(d, "arg:")
		switch {
		case !isArg:
			continue
		case !v.k.Has(kmodel.FuncArgTags):
			// Of that tag the loader then makes the context's type, where that has a name.
			if name == "ctx" && sub.Global && v.hasNamedCtx() {
				arg.typ = abi.ARG_PTR_TO_CTX
				return nil
			}
			continue
		}
		if !sub.Global {
			return v.Reject(abi.EOPNOTSUPP, "arg#%d type tag is not supported in static functions", i)
		}
		tag := v.k.FuncTag(name)
		if tag == 0 {
			return v.Reject(abi.EOPNOTSUPP, "arg#%d has unsupported set of tags", i)
		}
		tags |= tag
	}
	t := types.Resolve(typ)
	if v.inArena(t) {
		tags |= kdata.TagArena
	}
	if ptr, ok := t.(*btf.Pointer); ok {
		if known, err := v.describePointer(sub, i, ptr, tags, arg); known || err != nil {
			return err
		}
	}
	if tags != 0 {
		return v.Reject(abi.EINVAL, "arg#%d has pointer tag, but is not a pointer type", i)
	}
	if types.IsScalar(t) {
		arg.typ = abi.ARG_ANYTHING
		return nil
	}
	return v.rejectGlobal(sub, abi.EINVAL, "Arg#%d type %s in %s() is not supported yet.", i, types.KindName(t), fn)
}

// inArena reports a pointer whose type says that it goes into an arena.
func (v *verifier) inArena(t btf.Type) bool {
	ptr, ok := t.(*btf.Pointer)
	return ok && types.Tagged(ptr.Target, "arena") && v.k.Has(kmodel.ArenaTypeTags)
}

// hasNamedCtx reports programs whose context is of a type that loaders know by name.
func (v *verifier) hasNamedCtx() bool {
	switch v.rules.Type {
	case abi.PROG_TYPE_TRACEPOINT, abi.PROG_TYPE_TRACING, abi.PROG_TYPE_LSM, abi.PROG_TYPE_STRUCT_OPS, abi.PROG_TYPE_SYSCALL, abi.PROG_TYPE_EXT:
		return false
	}
	return true
}

// describePointer works out a pointer argument; known is false where BTF alone doesn't say what it is.
func (v *verifier) describePointer(sub *subprog, i int, ptr *btf.Pointer, tags kdata.FuncTag, arg *argInfo) (known bool, err error) {
	badTags := func() (bool, error) { return true, v.Reject(abi.EINVAL, "arg#%d has invalid combination of tags", i) }
	switch target := types.Resolve(ptr.Target); {
	case tags&kdata.TagCtx != 0 || v.isProgCtx(ptr):
		if tags&^kdata.TagCtx != 0 {
			return badTags()
		}
		if tags&kdata.TagCtx != 0 {
			if err := v.checkCtxArg(ptr, i); err != nil {
				return true, err
			}
		}
		arg.typ = abi.ARG_PTR_TO_CTX
	case isDynptrType(target) && v.k.Has(kmodel.FuncArgTags):
		if tags != 0 {
			return badTags()
		}
		arg.typ = abi.ARG_PTR_TO_DYNPTR | abi.ArgType(abi.MEM_RDONLY)
	case tags&kdata.TagTrusted != 0:
		if tags&kdata.TagNonNull != 0 {
			return badTags()
		}
		if arg.btfID, err = v.kernelType(i, target); err != nil {
			return true, err
		}
		arg.typ = abi.ARG_PTR_TO_BTF_ID | abi.ArgType(abi.PTR_TRUSTED)
		if tags&kdata.TagNullable != 0 {
			arg.typ |= abi.ArgType(abi.PTR_MAYBE_NULL)
		}
	case tags&kdata.TagUntrusted != 0:
		return true, v.describeUntrusted(i, target, tags, arg)
	case tags&kdata.TagArena != 0:
		if tags&^kdata.TagArena != 0 {
			return true, v.Reject(abi.EINVAL, "arg#%d arena cannot be combined with any other tags", i)
		}
		arg.typ = abi.ARG_PTR_TO_ARENA
	case sub.Global && !v.k.Has(kmodel.GlobalFuncPointers):
		v.noteNoStruct(i, ptr)
		return false, nil
	case sub.Global:
		if tags&kdata.TagNullable != 0 {
			return badTags()
		}
		size, err := btf.Sizeof(target)
		if err != nil || types.IsVoid(target) {
			return true, v.Reject(abi.EINVAL, "arg#%d reference type('%s %s') size cannot be determined: %d",
				i, types.KindName(target), target.TypeName(), -int(abi.EINVAL))
		}
		arg.typ = abi.ARG_PTR_TO_MEM
		if tags&kdata.TagNonNull == 0 {
			arg.typ |= abi.ArgType(abi.PTR_MAYBE_NULL)
		}
		arg.memSize = uint32(size)
	default:
		return false, nil
	}
	return true, nil
}

// describeUntrusted works out a pointer that may be anything and is only read.
func (v *verifier) describeUntrusted(i int, target btf.Type, tags kdata.FuncTag, arg *argInfo) error {
	if tags&^kdata.TagUntrusted != 0 {
		return v.Reject(abi.EINVAL, "arg#%d untrusted cannot be combined with any other tags", i)
	}
	if types.IsVoid(target) || types.IsScalar(target) {
		arg.typ = abi.ARG_PTR_TO_MEM | abi.ArgType(abi.MEM_RDONLY|abi.PTR_UNTRUSTED)
		return nil
	}
	id, err := v.kernelType(i, target)
	if err != nil {
		return err
	}
	if t := v.k.Types().ByID(id); !types.IsComposite(types.Resolve(t)) {
		return v.Reject(abi.EINVAL, "arg#%d has type %s '%s', but only struct or primitive types are allowed",
			i, types.KindName(t), target.TypeName())
	}
	arg.typ, arg.btfID = abi.ARG_PTR_TO_BTF_ID|abi.ArgType(abi.PTR_UNTRUSTED), id
	return nil
}

// isDynptrType reports struct bpf_dynptr, which may be only declared.
func isDynptrType(t btf.Type) bool {
	switch t := t.(type) {
	case *btf.Struct:
		return t.Name == "bpf_dynptr"
	case *btf.Union:
		return t.Name == "bpf_dynptr"
	case *btf.Fwd:
		return t.Kind == btf.FwdStruct && t.Name == "bpf_dynptr"
	}
	return false
}

// kernelType returns the id in vmlinux of the type that a program's type stands for, by kind and name.
func (v *verifier) kernelType(i int, t btf.Type) (uint32, error) {
	id, n := sameNamed(v.k.Types(), t)
	e, why := abi.ESRCH, "is ambiguous"
	switch {
	case n == 1:
		return id, nil
	case n == 0:
		e, why = abi.ENOENT, "has no matches"
		for _, m := range v.k.Modules() {
			if _, inModule := sameNamed(m, t); inModule > 0 {
				e, why = abi.EOPNOTSUPP, "points to kernel module type (unsupported)"
				break
			}
		}
	}
	return 0, v.Reject(e, "arg#%d reference type('%s %s') %s", i, types.KindName(t), types.NameOrAnon(t), why)
}

// sameNamed finds types of t's kind and name, flavor aside: the id of one and how many there are.
func sameNamed(set *types.Set, t btf.Type) (id uint32, n int) {
	name, _, _ := strings.Cut(t.TypeName(), "___")
	for _, c := range set.Named(name) {
		if types.KindName(c) == types.KindName(t) {
			id = set.ID(c)
			n++
		}
	}
	return id, n
}

// isProgCtx reports that a pointer's type alone says it is the program's context.
func (v *verifier) isProgCtx(ptr *btf.Pointer) bool {
	ctx := kproto.ContextOf(v.k, v.rules)
	is := ctx.Is(ptr)
	if !is && !ctx.Known && types.IsComposite(types.Resolve(ptr.Target)) {
		v.Verbose("btf_vmlinux is malformed")
	}
	return is
}

// checkCtxArg verifies the type of an argument tagged as the context (btf_validate_prog_ctx_type).
func (v *verifier) checkCtxArg(ptr *btf.Pointer, i int) error {
	typ := v.rules.Type
	if (typ == abi.PROG_TYPE_KPROBE || typ == abi.PROG_TYPE_PERF_EVENT) && kproto.UserPtRegs(ptr.Target) {
		return nil
	}
	t := types.Resolve(ptr.Target)
	if types.IsVoid(t) {
		return nil
	}
	name := t.TypeName()
	if name == "" {
		return v.Reject(abi.EINVAL, "arg#%d type doesn't have a name", i)
	}
	if v.ctxArgByType(t, name, typ) {
		return nil
	}
	c, ok := v.k.CtxType(v.rules)
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
	case abi.PROG_TYPE_KPROBE:
		return isStruct && name == "pt_regs" // on every machine
	case abi.PROG_TYPE_PERF_EVENT:
		regs, _ := v.k.CtxType(kmodel.Prog{Type: abi.PROG_TYPE_KPROBE}) // named as on this machine
		return isStruct && name == regs.UserStruct
	case abi.PROG_TYPE_RAW_TRACEPOINT, abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
		abi.PROG_TYPE_LSM, abi.PROG_TYPE_STRUCT_OPS:
		return isU64
	case abi.PROG_TYPE_TRACING:
		switch v.rules.Attach {
		case abi.ATTACH_TRACE_RAW_TP:
			return isU64 || isStruct && name == "bpf_raw_tracepoint_args"
		case abi.ATTACH_TRACE_ITER:
			return isStruct && strings.HasPrefix(name, "bpf_iter__")
		case abi.ATTACH_TRACE_FENTRY, abi.ATTACH_TRACE_FEXIT, abi.ATTACH_TRACE_FSESSION, abi.ATTACH_MODIFY_RETURN:
			return isU64 && !v.rules.Many
		}
	case abi.PROG_TYPE_TRACEPOINT, abi.PROG_TYPE_SYSCALL, abi.PROG_TYPE_EXT:
		return true
	}
	return false
}

// globalTable are the rows of arguments that BTF describes, by base type.
var globalTable = map[abi.ArgType]argRow{
	abi.ARG_ANYTHING:      {accepts: numberArg, refuse: "R%[2]d is not a scalar"},
	abi.ARG_PTR_TO_CTX:    {accepts: []accepted{{typ: abi.PTR_TO_CTX}}, refuse: "%[1]s expects pointer to ctx", offset: true},
	abi.ARG_PTR_TO_ARENA:  {accepts: []accepted{{typ: abi.PTR_TO_ARENA}, {typ: abi.SCALAR_VALUE}}, refuse: "R%[2]d is not a pointer to arena or scalar."},
	abi.ARG_PTR_TO_MEM:    {offset: true, do: (*call).takeGlobalMem},
	abi.ARG_PTR_TO_DYNPTR: {offset: true, do: (*call).takeDynptr},
	abi.ARG_PTR_TO_BTF_ID: {do: (*call).takeTyped},
}
