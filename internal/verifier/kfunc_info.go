package verifier

import (
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// kfunc is what a kernel function's BTF and the kernel's lists say of it, worked
// out once a verification.
type kfunc struct {
	name     string
	set      uint8  // type set of its BTF
	id       uint32 // of the function in set
	flags    abi.KfuncFlags
	allowed  bool // this program may call it
	lockSafe bool // ... while it holds a lock
	rule     *rule
	args     []kfuncArg
	ret      kfuncRet
}

// argKind is what a parameter is in C.
type argKind uint8

const (
	argScalar argKind = iota
	argPointer
	argIgnored // the verifier does not look at it
	argProg    // filled in by the verifier with the program itself
	argOther
)

// argClass is what a pointer argument must be, as far as its type and name tell.
type argClass uint8

const (
	classAny argClass = iota // depends on the register: typed pointer, callback or memory
	classCtx
	classAlloc
	classRefcounted
	classDynptr
	classIter
	classListHead
	classListNode
	classRbRoot
	classRbNode
	classConstStr
	classMap
	classWorkqueue
	classTimer
	classTaskWork
	classIRQFlag
	classResSpinLock
	// The rest are found from the register.
	classNull
	classStruct
	classCallback
	classMem
	classMemSize
	numClasses
)

// sizeRole says that a parameter is the length of the memory before it.
type sizeRole uint8

const (
	notSize sizeRole = iota
	sizeVar
	sizeConst // must be known exactly
)

// kfuncArg is one parameter.
type kfuncArg struct {
	kind    argKind
	kindStr string // BTF kind, for messages
	class   argClass
	size    sizeRole

	nullable bool // NULL may be passed
	optional bool // NULL memory is not looked at, whatever its length
	uninit   bool
	konst    bool // must be known exactly
	rdonly   bool // length of the read-only memory returned
	rdwr     bool // length of the writable memory returned

	// what a pointer points to
	ref      btf.Type
	refSet   uint8
	refID    uint32
	refKind  string
	refName  string
	isStruct bool // struct or union
	isVoid   bool
	plain    bool // scalar, or a struct of scalars
	tooDeep  bool // structs nested deeper than is looked
	callback bool
	memSize  int // bytes, -1 if it has no size
	ctxType  bool

	iterName  string
	iterSlots int
}

// kfuncRet is what is returned.
type kfuncRet struct {
	scalar, pointer, void bool
	refID                 uint32
	ref                   btf.Type
	refVoid               bool
	refStruct             bool // struct
	refComposite          bool // struct or union
	refSize               int  // -1 if it has no size
	listNode, rbNode      bool
}

func (k *kfunc) has(f abi.KfuncFlags) bool { return k.flags&f != 0 }

// kfuncOf returns what is known of the function a call names, nil if it is none.
func (v *verifier) kfuncOf(in *insn.Insn) *kfunc {
	if !in.IsKfuncCall() || in.Imm <= 0 || in.Off < 0 || int(in.Off) >= len(v.typesets) {
		return nil
	}
	set, id := uint8(in.Off), uint32(in.Imm)
	for _, k := range v.kfuncs {
		if k.id == id && k.set == set {
			return k
		}
	}
	k := v.describeKfunc(set, id)
	if k != nil {
		v.kfuncs = append(v.kfuncs, k)
	}
	return k
}

// ruleOf returns the row of the helper or kernel function that a call names.
func (v *verifier) ruleOf(in *insn.Insn) *rule {
	if in.IsHelperCall() {
		return helperRule(in.Imm)
	}
	if k := v.kfuncOf(in); k != nil {
		return k.rule
	}
	return &noRule
}

func (v *verifier) describeKfunc(set uint8, id uint32) *kfunc {
	ts := v.typesets[set]
	fn, ok := ts.ByID(id).(*btf.Func)
	if !ok {
		return nil
	}
	proto, ok := fn.Type.(*btf.FuncProto)
	if !ok {
		return nil
	}
	k := &kfunc{name: fn.Name, set: set, id: id, rule: &noRule}
	if r := kfuncRules[fn.Name]; r != nil && set == state.TypesVmlinux {
		k.rule = r
	}
	prog := v.rules
	if kf := v.k.Kfunc(ts, id); kf != nil {
		k.flags = kf.Flags
		k.allowed = v.k.KfuncAllowed(kf, prog)
		k.lockSafe = v.lockSafe(k)
	}
	ctx := newCtxMatcher(v.k, prog)
	k.args = make([]kfuncArg, len(proto.Params))
	for i := range proto.Params {
		k.args[i] = describeArg(ts, &proto.Params[i], ctx)
	}
	typeSet := set
	if ts.Proposed {
		typeSet = state.TypesVmlinux
	}
	for i := range k.args {
		k.args[i].refSet = typeSet
	}
	if k.has(iterKfunc) && len(k.args) > 0 {
		k.args[0].class = classIter
	}
	if k.rule.traits&takesCtx != 0 {
		for i := range k.args {
			k.args[i].class = classCtx
		}
	}
	k.ret = describeRet(ts, proto.Return)
	return k
}

// nameClasses are the suffixes of a parameter's name that decide its class, and
// structClasses the kernel structs a pointer to which does; classOrder is the order
// in which they are asked.
var (
	nameClasses = map[argClass]string{
		classAlloc:      "__alloc",
		classRefcounted: "__refcounted_kptr",
		classIter:       "__iter",
		classConstStr:   "__str",
		classMap:        "__map",
		classIRQFlag:    "__irq_flag",
	}
	structClasses = map[argClass]string{
		classDynptr:      "bpf_dynptr",
		classListHead:    "bpf_list_head",
		classListNode:    "bpf_list_node",
		classRbRoot:      "bpf_rb_root",
		classRbNode:      "bpf_rb_node",
		classWorkqueue:   "bpf_wq",
		classTimer:       "bpf_timer",
		classTaskWork:    "bpf_task_work",
		classResSpinLock: "bpf_res_spin_lock",
	}
)

func describeArg(ts *types.Set, p *btf.FuncParam, ctx ctxMatcher) kfuncArg {
	t := types.Resolve(p.Type)
	a := kfuncArg{kindStr: types.KindName(t), memSize: -1}
	suffix := func(s string) bool { return strings.HasSuffix(p.Name, s) }
	a.nullable, a.optional = suffix("__nullable"), suffix("__opt")
	a.uninit, a.konst = suffix("__uninit"), suffix("__k")
	a.rdonly, a.rdwr = p.Name == "rdonly_buf_size", p.Name == "rdwr_buf_size"
	ptr, isPtr := t.(*btf.Pointer)
	switch {
	case suffix("__ign"):
		a.kind = argIgnored
		return a
	case isPtr:
		a.kind = argPointer
	case isScalar(t):
		a.kind = argScalar
		if suffix("__szk") {
			a.size = sizeConst
		} else if suffix("__sz") {
			a.size = sizeVar
		}
		return a
	default:
		a.kind = argOther
		return a
	}
	a.ref = types.Resolve(ptr.Target)
	a.refID = ts.ID(a.ref)
	a.refKind, a.refName = types.KindName(a.ref), types.Name(a.ref)
	if suffix("__prog") || a.refName == "bpf_prog_aux" {
		a.kind = argProg
		return a
	}
	a.describePointee(ptr, ctx)
	for c := classAlloc; c <= classResSpinLock; c++ {
		if s := nameClasses[c]; s != "" && suffix(s) || a.isStruct && structClasses[c] != "" && structClasses[c] == a.refName {
			a.class = c
			break
		}
	}
	if a.ctxType {
		a.class = classCtx
	}
	return a
}

func (a *kfuncArg) describePointee(ptr *btf.Pointer, ctx ctxMatcher) {
	switch t := a.ref.(type) {
	case *btf.Struct:
		a.isStruct = true
		if name, ok := strings.CutPrefix(t.Name, "bpf_iter_"); ok {
			a.iterName, a.iterSlots = name, int(t.Size/8)
		}
	case *btf.Union:
		a.isStruct = true
	case *btf.Void:
		a.isVoid = true
	case *btf.FuncProto:
		a.callback = true
	}
	if size, err := btf.Sizeof(a.ref); err == nil && !a.isVoid && !a.callback {
		a.memSize = size
	}
	a.plain = isScalar(a.ref)
	if !a.plain {
		a.plain, a.tooDeep = scalarStruct(a.ref, 0)
	}
	a.ctxType = ctx.matches(ptr, a.ref)
}

func describeRet(ts *types.Set, ret btf.Type) kfuncRet {
	t := types.Resolve(ret)
	r := kfuncRet{refSize: -1}
	switch t := t.(type) {
	case nil, *btf.Void:
		r.void = true
	case *btf.Pointer:
		r.pointer = true
		r.ref = types.Resolve(t.Target)
		r.refID = ts.ID(r.ref)
		switch p := r.ref.(type) {
		case nil, *btf.Void:
			r.refVoid = true
		case *btf.Struct:
			r.refStruct, r.refComposite = true, true
			r.listNode, r.rbNode = p.Name == "bpf_list_node", p.Name == "bpf_rb_node"
		case *btf.Union:
			r.refComposite = true
		}
		if size, err := btf.Sizeof(r.ref); err == nil && !r.refVoid {
			r.refSize = size
		}
	default:
		r.scalar = isScalar(t)
	}
	return r
}

// ctxMatcher recognises the program's context among parameter types.
type ctxMatcher struct {
	want   kmodel.CtxTypes
	kprobe bool
}

func newCtxMatcher(k *kmodel.Model, p kmodel.Prog) ctxMatcher {
	want, _ := k.CtxTypes(p)
	return ctxMatcher{want, p.Type == abi.PROG_TYPE_KPROBE}
}

// projections are contexts of which the program sees another struct than the kernel.
var projections = map[string]string{"__sk_buff": "sk_buff", "xdp_md": "xdp_buff"}

func (c ctxMatcher) matches(ptr *btf.Pointer, ref btf.Type) bool {
	if c.kprobe {
		for t := ptr.Target; t != nil; {
			if td, ok := t.(*btf.Typedef); ok {
				if td.Name == "bpf_user_pt_regs_t" {
					return true
				}
				break
			}
			next := qualified(t)
			if next == nil {
				break
			}
			t = next
		}
	}
	switch ref.(type) {
	case *btf.Struct, *btf.Union:
	default:
		return false
	}
	name := types.Name(ref)
	return c.want.User != "" && name != "" &&
		(name == c.want.User || name == c.want.UserStruct || name == projections[c.want.User])
}

// qualified returns what a qualifier or type tag is put on, nil for other types.
func qualified(t btf.Type) btf.Type {
	switch t := t.(type) {
	case *btf.Const:
		return t.Type
	case *btf.Volatile:
		return t.Type
	case *btf.Restrict:
		return t.Type
	case *btf.TypeTag:
		return t.Type
	}
	return nil
}

func isScalar(t btf.Type) bool {
	switch t.(type) {
	case *btf.Int, *btf.Enum:
		return true
	}
	return false
}

// maxScalarNesting is how deep structs of scalars may nest.
const maxScalarNesting = 3

// scalarStruct reports a struct or union of nothing but scalars; tooDeep says that the answer
// is no because of its nesting.
func scalarStruct(t btf.Type, depth int) (ok, tooDeep bool) {
	var members []btf.Member
	switch t := t.(type) {
	case *btf.Struct:
		members = t.Members
	case *btf.Union:
		members = t.Members
	default:
		return false, false
	}
	for i := range members {
		m := types.Resolve(members[i].Type)
		switch mt := m.(type) {
		case *btf.Struct, *btf.Union:
			if depth >= maxScalarNesting {
				return false, true
			}
			if ok, deep := scalarStruct(m, depth+1); !ok {
				return false, deep
			}
			continue
		case *btf.Array:
			if mt.Nelems == 0 {
				return false, false
			}
			m = types.Resolve(mt.Type)
		}
		if !isScalar(m) {
			return false, false
		}
	}
	return true, false
}
