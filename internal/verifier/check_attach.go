package verifier

import (
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// attachment is what a program runs at.
type attachment struct {
	set  uint8  // type set of what follows
	name string // function, hook, tracepoint or struct_ops member
	// proto are the arguments the context holds; nil where they can't be told.
	proto *btf.FuncProto
	// rawTP: a tracepoint, whose first argument is not the program's to see.
	rawTP bool
	// structOps is the kernel struct, for struct_ops.
	structOps string
	// stub is the kernel's function whose parameter names say how struct_ops arguments are to be treated.
	stub *btf.Func
}

// attachFuncName is the name of the function the program attaches to, "" if there is none.
func (v *verifier) attachFuncName() string { return v.attach.name }

// attachReturnsVoid reports that the function attached to returns nothing.
func (v *verifier) attachReturnsVoid() bool {
	if v.attach.proto == nil {
		return false
	}
	_, void := types.Resolve(v.attach.proto.Return).(*btf.Void)
	return void
}

// checkAttach verifies that the program may run where it attaches.
func (v *verifier) checkAttach() error {
	p := &v.prog
	if p.Type == abi.PROG_TYPE_SYSCALL {
		if p.Sleepable {
			return nil
		}
		return v.Reject(abi.EINVAL, "Syscall programs can only be sleepable")
	}
	if p.Sleepable && !maySleep(p) {
		return v.Reject(abi.EINVAL, "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable")
	}
	switch p.Type {
	case abi.PROG_TYPE_STRUCT_OPS:
		return v.checkStructOps()
	case abi.PROG_TYPE_TRACING, abi.PROG_TYPE_LSM:
		return v.checkAttachTarget()
	case abi.PROG_TYPE_EXT:
		return v.checkExtension()
	}
	return nil
}

// maySleep reports a kind of program that can be loaded as sleepable.
func maySleep(p *kmodel.Prog) bool {
	switch p.Type {
	case abi.PROG_TYPE_TRACING:
		switch p.Attach {
		case abi.ATTACH_TRACE_FENTRY, abi.ATTACH_TRACE_FEXIT, abi.ATTACH_MODIFY_RETURN, abi.ATTACH_TRACE_ITER:
			return true
		}
	case abi.PROG_TYPE_LSM, abi.PROG_TYPE_KPROBE, abi.PROG_TYPE_STRUCT_OPS:
		return true
	}
	return false
}

// checkAttachTarget verifies the kernel function, hook or tracepoint.
func (v *verifier) checkAttachTarget() error {
	id, set := v.img.AttachBTFID, v.img.AttachTypes
	if v.img.AttachProg != nil {
		return v.Unsupported("tracing another program")
	}
	if id == 0 {
		return v.Reject(abi.EINVAL, "Tracing programs must provide btf_id")
	}
	if set < 0 || set >= len(v.typesets) {
		return v.Reject(abi.EINVAL, "attach_btf_id %d is invalid", id)
	}
	t := v.typesets[set].ByID(id)
	if t == nil {
		return v.Reject(abi.EINVAL, "attach_btf_id %d is invalid", id)
	}
	name := t.TypeName()
	if name == "" {
		return v.Reject(abi.EINVAL, "attach_btf_id %d doesn't have a name", id)
	}
	v.attach = attachment{set: uint8(set), name: name}
	if v.prog.Attach == abi.ATTACH_TRACE_RAW_TP {
		return v.attachTracepoint(t)
	}
	fn, ok := t.(*btf.Func)
	if !ok {
		return v.Reject(abi.EINVAL, "attach_btf_id %d is not a function", id)
	}
	proto, ok := fn.Type.(*btf.FuncProto)
	if !ok {
		return vlog.Fail(abi.EINVAL)
	}
	if err := v.checkTraceable(proto); err != nil {
		return err
	}
	v.attach.proto = proto
	switch v.prog.Attach {
	case abi.ATTACH_TRACE_ITER:
		if !strings.HasPrefix(name, "bpf_iter_") {
			return vlog.Fail(abi.EINVAL)
		}
		return nil
	case abi.ATTACH_MODIFY_RETURN, abi.ATTACH_LSM_MAC, abi.ATTACH_LSM_CGROUP,
		abi.ATTACH_TRACE_FENTRY, abi.ATTACH_TRACE_FEXIT:
		return v.checkAttachFunction()
	}
	return vlog.Fail(abi.EINVAL)
}

const tracepointPrefix = "btf_trace_"

// attachTracepoint takes a tracepoint's arguments from the function made for it, as
// only that names them, or else from its type.
func (v *verifier) attachTracepoint(t btf.Type) error {
	def, ok := t.(*btf.Typedef)
	if !ok {
		return v.Reject(abi.EINVAL, "attach_btf_id %d is not a typedef", v.img.AttachBTFID)
	}
	name, ok := strings.CutPrefix(v.attach.name, tracepointPrefix)
	if !ok {
		return v.Reject(abi.EINVAL, "attach_btf_id %d points to wrong type name %s", v.img.AttachBTFID, v.attach.name)
	}
	v.attach.name, v.attach.rawTP = name, true
	if _, fn := v.typesets[v.attach.set].FindFunc("__bpf_trace_" + name); fn != nil {
		v.attach.proto, ok = fn.Type.(*btf.FuncProto)
	} else {
		ptr, isPtr := def.Type.(*btf.Pointer)
		if !isPtr {
			return vlog.Fail(abi.EINVAL)
		}
		v.attach.proto, ok = ptr.Target.(*btf.FuncProto)
	}
	if !ok {
		return vlog.Fail(abi.EINVAL)
	}
	return nil
}

// maxFuncArgs is how many arguments a traced function may have, and maxArgSize how
// many bytes each.
const (
	maxFuncArgs = 12
	maxArgSize  = 16
)

// checkTraceable verifies that a trampoline can pass on a function's arguments and result.
func (v *verifier) checkTraceable(p *btf.FuncProto) error {
	name := v.attach.name
	if len(p.Params) > maxFuncArgs {
		return v.Reject(abi.EINVAL, "The function %s has %d arguments. Too many.", name, len(p.Params))
	}
	ret, size := passedAs(p.Return)
	_, isStruct := ret.(*btf.Struct)
	_, isUnion := ret.(*btf.Union)
	if size < 0 || isStruct || isUnion {
		return v.Reject(abi.EINVAL, "The function %s return type %s is unsupported.", name, types.KindName(ret))
	}
	for i, param := range p.Params {
		arg, size := passedAs(param.Type)
		_, void := param.Type.(*btf.Void)
		switch {
		case void && i == len(p.Params)-1:
			return v.Reject(abi.EINVAL, "The function %s with variable args is unsupported.", name)
		case size < 0 || size > maxArgSize:
			return v.Reject(abi.EINVAL, "The function %s arg%d type %s is unsupported.", name, i, types.KindName(arg))
		case size == 0:
			return v.Reject(abi.EINVAL, "The function %s has malformed void argument.", name)
		}
	}
	return nil
}

// passedAs returns a type without its qualifiers and its size in bytes as an argument:
// 0 for void, -1 for what can't be passed.
func passedAs(t btf.Type) (btf.Type, int) {
	switch t := types.Resolve(t).(type) {
	case nil, *btf.Void:
		return t, 0
	case *btf.Pointer:
		return t, 8
	case *btf.Int:
		return t, int(t.Size)
	case *btf.Enum:
		return t, int(t.Size)
	case *btf.Struct:
		return t, int(t.Size)
	case *btf.Union:
		return t, int(t.Size)
	default:
		return t, -1
	}
}

// checkAttachFunction verifies that programs of this kind may attach to the kernel function.
func (v *verifier) checkAttachFunction() error {
	p, name := &v.prog, v.attach.name
	lsm := p.Type == abi.PROG_TYPE_LSM
	if p.Sleepable {
		if lsm && !v.k.LSMHookSleepable(name) || !lsm && !v.k.TraceSleepable(name) {
			return v.Reject(abi.EINVAL, "%s is not sleepable", name)
		}
	} else if p.Attach == abi.ATTACH_MODIFY_RETURN && !v.k.ReturnModifiable(name) {
		return v.Reject(abi.EINVAL, "%s() is not modifiable", name)
	}
	switch {
	case lsm:
		return v.checkHook()
	case v.k.TraceDenied(name):
		return v.Reject(abi.EINVAL, "Attaching tracing programs to function '%s' is rejected.", name)
	case (p.Attach == abi.ATTACH_TRACE_FEXIT || p.Attach == abi.ATTACH_MODIFY_RETURN) && v.k.NeverReturns(name):
		return v.Reject(abi.EINVAL, "Attaching fexit/fmod_ret to __noreturn function '%s' is rejected.", name)
	}
	return nil
}

// checkHook verifies that a security hook may be implemented by programs.
func (v *verifier) checkHook() error {
	id, name := v.img.AttachBTFID, v.attach.name
	switch {
	case !v.prog.GPL:
		return v.Reject(abi.EINVAL, "LSM programs must have a GPL compatible license")
	case v.k.LSMHookDisabled(name):
		return v.Reject(abi.EINVAL, "attach_btf_id %d points to disabled hook %s", id, name)
	case !v.k.LSMHook(name):
		return v.Reject(abi.EINVAL, "attach_btf_id %d points to wrong type name %s", id, name)
	}
	return nil
}

// checkStructOps verifies the member of a kernel struct that the program implements.
func (v *verifier) checkStructOps() error {
	if !v.prog.GPL {
		return v.Reject(abi.EINVAL, "struct ops programs must have a GPL compatible license")
	}
	id, set := v.img.AttachBTFID, v.img.AttachTypes
	if id == 0 || set < 0 || set >= len(v.typesets) {
		return vlog.Fail(abi.ENOTSUPP)
	}
	ts := v.typesets[set]
	ops, ok := ts.ByID(id).(*btf.Struct)
	if !ok || !registeredStructOps(ts, ops.Name) {
		return v.Reject(abi.ENOTSUPP, "attach_btf_id %d is not a supported struct", id)
	}
	n := v.img.AttachMember
	if n < 0 || n >= len(ops.Members) {
		return v.Reject(abi.EINVAL, "attach to invalid member idx %d of struct %s", n, ops.Name)
	}
	member := &ops.Members[n]
	proto := funcOf(member.Type)
	if proto == nil {
		return v.Reject(abi.EINVAL, "attach to invalid member %s(@idx %d) of struct %s", member.Name, n, ops.Name)
	}
	supported, sleepable := v.k.StructOpsMember(ops.Name, member.Name)
	if !supported {
		return v.Reject(abi.ENOTSUPP, "attach to unsupported member %s of struct %s", member.Name, ops.Name)
	}
	if v.prog.Sleepable && !sleepable {
		return v.Reject(abi.EINVAL, "attach to unsupported member %s of struct %s", member.Name, ops.Name)
	}
	v.attach = attachment{set: uint8(set), name: member.Name, proto: proto, structOps: ops.Name}
	_, v.attach.stub = ts.FindFunc(ops.Name + "__" + member.Name)
	if v.attach.hasRefArg() {
		for i := range v.subprogs {
			if v.subprogs[i].hasTailCall {
				return v.Reject(abi.EINVAL, "program with __ref argument cannot tail call")
			}
		}
	}
	return nil
}

// registeredStructOps reports a struct for which the kernel has a wrapper that starts
// with what all of them have in common.
func registeredStructOps(ts *types.Set, name string) bool {
	_, wrapper := ts.FindStruct("bpf_struct_ops_" + name)
	return wrapper != nil
}

// funcOf returns the function type a member points to, nil if it is no function pointer.
func funcOf(t btf.Type) *btf.FuncProto {
	if ptr, ok := types.Resolve(t).(*btf.Pointer); ok {
		if p, ok := types.Resolve(ptr.Target).(*btf.FuncProto); ok {
			return p
		}
	}
	return nil
}

// hasRefArg reports an argument that comes with a reference the program must give away.
func (a *attachment) hasRefArg() bool {
	if a.stub == nil {
		return false
	}
	p, ok := a.stub.Type.(*btf.FuncProto)
	if !ok {
		return false
	}
	for i := range p.Params {
		if strings.HasSuffix(p.Params[i].Name, "__ref") {
			return true
		}
	}
	return false
}

// checkExtension verifies a program that replaces a function of another.
func (v *verifier) checkExtension() error {
	if v.img.AttachProg == nil {
		if v.img.AttachBTFID == 0 {
			return v.Reject(abi.EINVAL, "Tracing programs must provide btf_id")
		}
		return v.Reject(abi.EINVAL, "Cannot replace kernel functions")
	}
	return v.Unsupported("replacing a function of another program")
}
