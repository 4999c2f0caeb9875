package attach

import (
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// Target is what a program runs at. The zero fields of one that attaches to nothing named
// are right as they are.
type Target struct {
	// Set is the type set of what follows.
	Set uint8
	// Name is that of the function, hook, tracepoint or struct_ops member, "" if there is none.
	Name string
	// Proto are the arguments the context holds, nil where they can't be told.
	Proto *btf.FuncProto
	// StructOps is the kernel struct, for struct_ops.
	StructOps string

	// rawTP: a tracepoint, whose first argument is not the program's to see.
	rawTP bool
	// other is the program of BPF that has the function, nil for the kernel's own.
	other *Other
	// stub is the kernel's function whose parameter names say how struct_ops arguments are to be treated.
	stub *btf.Func
	args []ctxArg

	log      *vlog.Log
	k        *kmodel.Model
	typesets []*types.Set
	rules    kmodel.Prog
}

// ReturnsVoid reports that the function attached to returns nothing.
func (t *Target) ReturnsVoid() bool {
	if t.Proto == nil {
		return false
	}
	_, void := types.Resolve(t.Proto.Return).(*btf.Void)
	return void
}

// Returned is the struct, by set and id, to which the function attached to returns a pointer; nil for other results.
func (t *Target) Returned() (*types.Set, uint32) {
	if t.Proto == nil || int(t.Set) >= len(t.typesets) {
		return nil, 0
	}
	ptr, ok := types.Resolve(t.Proto.Return).(*btf.Pointer)
	if !ok {
		return nil, 0
	}
	set := t.typesets[t.Set]
	return set, set.ID(types.Resolve(ptr.Target))
}

// checker is one check of a program against its target.
type checker struct {
	*vlog.Log
	k    *kmodel.Model
	img  *object.Image
	prog kmodel.Prog
	own  Own

	other  *Other
	target *Target
}

// Own is what a program does by itself that decides where it may attach.
type Own struct {
	TailCalls  bool // some function of it
	ChangesPkt bool // it moves packet data
	MightSleep bool
}

// Check verifies that the program may run where it attaches and returns what that is. The target
// logs to log, as does the check. other is what is known of img.AttachProg.
func Check(log *vlog.Log, k *kmodel.Model, img *object.Image, own Own, other *Other) (*Target, error) {
	c := checker{
		Log: log, k: k, img: img, prog: Program(k, img), own: own, other: other,
		target: &Target{log: log, k: k, typesets: img.Types, rules: Rules(k, img), other: other},
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	c.target.args = c.target.ctxArgs()
	return c.target, nil
}

func (c *checker) check() error {
	p := &c.prog
	if p.Type == abi.PROG_TYPE_SYSCALL {
		if p.Sleepable {
			return nil
		}
		return c.Reject(abi.EINVAL, "Syscall programs can only be sleepable")
	}
	if p.Sleepable && !c.k.Has(kmodel.UprobesSleep) && p.Type != abi.PROG_TYPE_TRACING && p.Type != abi.PROG_TYPE_LSM {
		return c.Reject(abi.EINVAL, "Only fentry/fexit/fmod_ret and lsm programs can be sleepable")
	}
	if p.Sleepable && !c.k.Has(kmodel.StructOpsSleep) && p.Type != abi.PROG_TYPE_TRACING && p.Type != abi.PROG_TYPE_LSM && p.Type != abi.PROG_TYPE_KPROBE {
		return c.Reject(abi.EINVAL, "Only fentry/fexit/fmod_ret, lsm, and kprobe/uprobe programs can be sleepable")
	}
	if p.Sleepable && !c.k.MayBeSleepable(*p) {
		if c.k.Has(kmodel.TracepointsSleep) {
			return c.Reject(abi.EINVAL, "Program of this type cannot be sleepable")
		}
		return c.Reject(abi.EINVAL, "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable")
	}
	switch p.Type {
	case abi.PROG_TYPE_STRUCT_OPS:
		return c.checkStructOps()
	case abi.PROG_TYPE_TRACING, abi.PROG_TYPE_LSM, abi.PROG_TYPE_EXT:
		return c.checkFunction()
	}
	return nil
}

// checkFunction verifies the function, hook or tracepoint.
func (c *checker) checkFunction() error {
	id, set := c.img.AttachBTFID, c.img.AttachTypes
	if c.prog.Many {
		id, _ = c.k.Types().FindFunc(manyFunc)
		set = 0
	}
	into := c.img.AttachProg
	switch {
	case into != nil && c.prog.Type == abi.PROG_TYPE_LSM:
		return vlog.Fail(abi.EINVAL)
	case into != nil && c.other == nil:
		return c.Unsupported("attaching to a program that was not judged")
	}
	if id == 0 {
		return c.Reject(abi.EINVAL, "Tracing programs must provide btf_id")
	}
	if set < 0 || set >= len(c.img.Types) {
		return c.Reject(abi.EINVAL, "attach_btf_id %d is invalid", id)
	}
	t := c.img.Types[set].ByID(id)
	if t == nil {
		return c.Reject(abi.EINVAL, "attach_btf_id %d is invalid", id)
	}
	name := t.TypeName()
	if name == "" {
		return c.Reject(abi.EINVAL, "attach_btf_id %d doesn't have a name", id)
	}
	c.target.Set, c.target.Name = uint8(set), name
	switch {
	case into != nil:
		var err error
		c.target.Proto, err = c.checkOther(t)
		return err
	case c.prog.Type == abi.PROG_TYPE_EXT:
		return c.Reject(abi.EINVAL, "Cannot replace kernel functions")
	}
	if c.prog.Attach == abi.ATTACH_TRACE_RAW_TP {
		return c.checkTracepoint(t)
	}
	fn, ok := t.(*btf.Func)
	if !ok {
		return c.Reject(abi.EINVAL, "attach_btf_id %d is not a function", id)
	}
	proto, ok := fn.Type.(*btf.FuncProto)
	if !ok {
		return vlog.Fail(abi.EINVAL)
	}
	if err := c.checkTraceable(proto); err != nil {
		return err
	}
	if _, size := passedAs(proto.Return); size > ctxArgSize && c.seesResult() && c.k.Has(kmodel.WideResults) {
		return c.Reject(abi.EOPNOTSUPP, "Attach to function %s with a >8 byte return value is not supported for this attach type", name)
	}
	c.target.Proto = proto
	switch c.prog.Attach {
	case abi.ATTACH_TRACE_ITER:
		if !strings.HasPrefix(name, "bpf_iter_") {
			return vlog.Fail(abi.EINVAL)
		}
		return nil
	case abi.ATTACH_MODIFY_RETURN, abi.ATTACH_LSM_MAC, abi.ATTACH_LSM_CGROUP,
		abi.ATTACH_TRACE_FENTRY, abi.ATTACH_TRACE_FEXIT, abi.ATTACH_TRACE_FSESSION:
		return c.checkAttachable()
	}
	return vlog.Fail(abi.EINVAL)
}

// manyFunc is the function that stands for all that a program attaches to, when there are many.
const manyFunc = "bpf_multi_func"

const tracepointPrefix = "btf_trace_"

// checkTracepoint takes a tracepoint's arguments from the function made for it, as
// only that names them, or else from its type.
func (c *checker) checkTracepoint(t btf.Type) error {
	def, ok := t.(*btf.Typedef)
	if !ok {
		return c.Reject(abi.EINVAL, "attach_btf_id %d is not a typedef", c.img.AttachBTFID)
	}
	name, ok := strings.CutPrefix(c.target.Name, tracepointPrefix)
	if !ok {
		return c.Reject(abi.EINVAL, "attach_btf_id %d points to wrong type name %s", c.img.AttachBTFID, c.target.Name)
	}
	if c.prog.Sleepable && !c.k.TracepointSleepable(name) {
		return c.Reject(abi.EINVAL, "Sleepable program cannot attach to non-faultable tracepoint %s", name)
	}
	c.target.Name, c.target.rawTP = name, true
	if _, fn := c.img.Types[c.target.Set].FindFunc("__bpf_trace_" + name); fn != nil {
		c.target.Proto, ok = fn.Type.(*btf.FuncProto)
	} else {
		ptr, isPtr := def.Type.(*btf.Pointer)
		if !isPtr {
			return vlog.Fail(abi.EINVAL)
		}
		c.target.Proto, ok = ptr.Target.(*btf.FuncProto)
	}
	if !ok {
		return vlog.Fail(abi.EINVAL)
	}
	return nil
}

// seesResult reports a program that a function's result is handed to.
func (c *checker) seesResult() bool {
	switch c.prog.Attach {
	case abi.ATTACH_MODIFY_RETURN, abi.ATTACH_TRACE_FEXIT, abi.ATTACH_TRACE_FSESSION:
		return true
	}
	return false
}

// checkTraceable verifies that a trampoline can pass on a function's arguments and result.
func (c *checker) checkTraceable(p *btf.FuncProto) error {
	name := c.target.Name
	maxArgs, maxBytes := c.k.TraceLimits()
	if len(p.Params) > maxArgs {
		return c.Reject(abi.EINVAL, "The function %s has %d arguments. Too many.", name, len(p.Params))
	}
	ret, size := passedAs(p.Return)
	_, isStruct := ret.(*btf.Struct)
	_, isUnion := ret.(*btf.Union)
	if size < 0 || isStruct || isUnion {
		return c.Reject(abi.EINVAL, "The function %s return type %s is unsupported.", name, types.KindName(ret))
	}
	for i, param := range p.Params {
		arg, size := passedAs(param.Type)
		_, void := param.Type.(*btf.Void)
		switch {
		case void && i == len(p.Params)-1:
			return c.Reject(abi.EINVAL, "The function %s with variable args is unsupported.", name)
		case size < 0 || size > maxBytes:
			return c.Reject(abi.EINVAL, "The function %s arg%d type %s is unsupported.", name, i, types.KindName(arg))
		case size == 0:
			return c.Reject(abi.EINVAL, "The function %s has malformed void argument.", name)
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

// checkAttachable verifies that programs of this kind may attach to the kernel function.
func (c *checker) checkAttachable() error {
	p, name := &c.prog, c.target.Name
	lsm := p.Type == abi.PROG_TYPE_LSM
	if p.Many {
		return nil // what it attaches to is looked at then
	}
	if !c.k.AttachKnown(p.Attach) {
		return vlog.Fail(abi.EINVAL)
	}
	if p.Sleepable {
		if lsm && !c.k.LSMHookSleepable(name) || !lsm && !c.k.TraceSleepable(name) {
			return c.Reject(abi.EINVAL, "%s is not sleepable", name)
		}
	} else if p.Attach == abi.ATTACH_MODIFY_RETURN && !c.k.ReturnModifiable(name) {
		return c.Reject(abi.EINVAL, "%s() is not modifiable", name)
	}
	switch {
	case lsm:
		return c.checkHook()
	case c.k.TraceDenied(name):
		return c.Reject(abi.EINVAL, "Attaching tracing programs to function '%s' is rejected.", name)
	case p.Attach != abi.ATTACH_TRACE_FENTRY && c.k.NeverReturns(name):
		return c.refuseNoReturn()
	}
	return nil
}

// refuseNoReturn refuses to follow a function on its way out that has none.
func (c *checker) refuseNoReturn() error {
	switch {
	case c.k.Has(kmodel.FunctionSessions):
		return c.Reject(abi.EINVAL, "Attaching fexit/fsession/fmod_ret to __noreturn function '%s' is rejected.", c.target.Name)
	case c.k.Has(kmodel.NoReturnNamed):
		return c.Reject(abi.EINVAL, "Attaching fexit/fmod_ret to __noreturn function '%s' is rejected.", c.target.Name)
	}
	return c.Reject(abi.EINVAL, "Attaching fexit/fmod_ret to __noreturn functions is rejected.")
}

// checkHook verifies that a security hook may be implemented by programs.
func (c *checker) checkHook() error {
	id, name := c.img.AttachBTFID, c.target.Name
	switch {
	case !c.prog.GPL:
		return c.Reject(abi.EINVAL, "LSM programs must have a GPL compatible license")
	case c.k.LSMHookDisabled(name):
		return c.Reject(abi.EINVAL, "attach_btf_id %d points to disabled hook %s", id, name)
	case !c.k.LSMHook(name):
		return c.Reject(abi.EINVAL, "attach_btf_id %d points to wrong type name %s", id, name)
	}
	return nil
}

// checkStructOps verifies the member of a kernel struct that the program implements.
func (c *checker) checkStructOps() error {
	if !c.prog.GPL {
		return c.Reject(abi.EINVAL, "struct ops programs must have a GPL compatible license")
	}
	id, set := c.img.AttachBTFID, c.img.AttachTypes
	if id == 0 || set < 0 || set >= len(c.img.Types) {
		return vlog.Fail(abi.ENOTSUPP)
	}
	ts := c.img.Types[set]
	ops, ok := ts.ByID(id).(*btf.Struct)
	if !ok || !registeredStructOps(ts, ops.Name) {
		return c.Reject(abi.ENOTSUPP, "attach_btf_id %d is not a supported struct", id)
	}
	n := c.img.AttachMember
	if n < 0 || n >= len(ops.Members) {
		return c.Reject(abi.EINVAL, "attach to invalid member idx %d of struct %s", n, ops.Name)
	}
	member := &ops.Members[n]
	proto := funcOf(member.Type)
	if proto == nil {
		return c.Reject(abi.EINVAL, "attach to invalid member %s(@idx %d) of struct %s", member.Name, n, ops.Name)
	}
	if !c.k.StructOps(ops.Name) {
		return c.Unsupported("programs for struct %s", ops.Name)
	}
	supported, sleepable := c.k.StructOpsMember(ops.Name, member.Name)
	if !supported {
		return c.Reject(abi.ENOTSUPP, "attach to unsupported member %s of struct %s", member.Name, ops.Name)
	}
	if c.prog.Sleepable && !sleepable {
		return c.Reject(abi.EINVAL, "attach to unsupported member %s of struct %s", member.Name, ops.Name)
	}
	t := c.target
	t.Set, t.Name, t.Proto, t.StructOps = uint8(set), member.Name, proto, ops.Name
	_, t.stub = ts.FindFunc(ops.Name + "__" + member.Name)
	if t.hasArg(kdata.ParamArena) && !c.img.HasArena() {
		return c.Reject(abi.EINVAL, "arena argument of %s requires a program with an associated arena", member.Name)
	}
	if t.hasArg(kdata.ParamRef) && c.own.TailCalls {
		return c.Reject(abi.EINVAL, "program with __ref argument cannot tail call")
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

// hasArg reports an argument that a struct_ops member's stub marks so.
func (t *Target) hasArg(mark kdata.ParamMark) bool {
	if t.stub == nil {
		return false
	}
	p, ok := t.stub.Type.(*btf.FuncProto)
	if !ok {
		return false
	}
	for i := range p.Params {
		if t.k.ParamMarks(p.Params[i].Name)&mark != 0 {
			return true
		}
	}
	return false
}
