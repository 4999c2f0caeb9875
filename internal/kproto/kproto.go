// Package kproto works out what a kernel function's BTF, flags and the kernel's tables say of a call of it. It knows
// nothing of the walk: registers decide what is left open here.
package kproto

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Func is a kernel function as one program may call it.
type Func struct {
	Name     string
	Set      uint8  // type set of its BTF
	ID       uint32 // of the function in Set
	Flags    abi.KfuncFlags
	Allowed  bool // the program may call it
	LockSafe bool // ... while it holds a lock
	Args     []Arg
	Implicit []Arg // what the kernel itself passes behind them: the program's registers may hold anything, but count as read
	Ret      Ret
}

// Arg is what the function takes in the register for argument i, nil for nothing.
func (f *Func) Arg(i int) *Arg {
	switch visible := len(f.Args); {
	case i < visible:
		return &f.Args[i]
	case i < visible+len(f.Implicit):
		return &f.Implicit[i-visible]
	}
	return nil
}

// HasAny reports whether the function has one of the flags.
func (f *Func) HasAny(flags abi.KfuncFlags) bool { return f.Flags&flags != 0 }

// Ret is what a function returns.
type Ret struct {
	Scalar, Pointer, Void bool

	// What a pointer points to.
	Ref          btf.Type
	RefID        uint32
	RefVoid      bool
	RefStruct    bool // struct
	RefComposite bool // struct or union
	RefSize      int  // bytes, -1 if it has no size
	ListNode     bool // struct bpf_list_node
	RbNode       bool // struct bpf_rb_node
}

// Describe works out what function id of typesets[set] is to a program; nil if it is no function.
func Describe(k *kmodel.Model, prog kmodel.Prog, typesets []*types.Set, set uint8, id uint32) *Func {
	ts := typesets[set]
	fn, ok := ts.ByID(id).(*btf.Func)
	if !ok {
		return nil
	}
	proto, ok := fn.Type.(*btf.FuncProto)
	if !ok {
		return nil
	}
	f := &Func{Name: fn.Name, Set: set, ID: id, Args: make([]Arg, len(proto.Params))}
	if kf := k.Kfunc(ts, id); kf != nil {
		f.Flags, f.Allowed = kf.Flags, k.KfuncAllowed(kf, prog)
		f.LockSafe = f.lockSafe(k)
	}
	refSet := set
	if ts.Proposed {
		refSet = state.TypesVmlinux
	}
	d := describer{k: k, ts: ts, ctx: ContextOf(k, prog)}
	for i := range proto.Params {
		f.Args[i] = d.arg(&proto.Params[i])
		f.Args[i].RefSet = refSet
	}
	if f.HasAny(abi.KF_IMPLICIT_ARGS) {
		f.Implicit = d.implicit(f.Name, len(f.Args))
	}
	if f.HasAny(abi.KF_ITER_NEW|abi.KF_ITER_NEXT|abi.KF_ITER_DESTROY) && len(f.Args) > 0 {
		f.Args[0].Class = Iter
	}
	f.Ret = d.ret(proto.Return)
	return f
}

// lockSafe reports that the function may be called while a lock is held. A kernel that marks them by flag asks
// the flag alone; before, only a fixed list of the kernel's own was allowed, never a module's.
func (f *Func) lockSafe(k *kmodel.Model) bool {
	if k.Has(kmodel.KfuncSpinlockSafe) {
		return f.HasAny(abi.KF_SPINLOCK_SAFE)
	}
	return f.Set == state.TypesVmlinux && k.LockSafeKfunc(f.Name)
}

// describer describes parameters and results of functions of one BTF.
type describer struct {
	k   *kmodel.Model
	ts  *types.Set
	ctx Context
}

// implicit describes the parameters of a function that programs don't see. The function that has them all is named for it.
func (d *describer) implicit(name string, visible int) []Arg {
	_, fn := d.ts.FindFunc(name + "_impl")
	if fn == nil {
		return nil
	}
	proto, ok := fn.Type.(*btf.FuncProto)
	if !ok || len(proto.Params) <= visible {
		return nil
	}
	args := make([]Arg, len(proto.Params)-visible)
	for i := range args {
		args[i] = d.arg(&proto.Params[visible+i])
	}
	return args
}

func (d *describer) ret(typ btf.Type) Ret {
	t := types.Resolve(typ)
	r := Ret{RefSize: -1}
	switch t := t.(type) {
	case nil, *btf.Void:
		r.Void = true
	case *btf.Pointer:
		r.Pointer = true
		r.Ref = types.Resolve(t.Target)
		r.RefID = d.ts.ID(r.Ref)
		switch p := r.Ref.(type) {
		case nil, *btf.Void:
			r.RefVoid = true
		case *btf.Struct:
			r.RefStruct, r.RefComposite = true, true
			mark := d.k.PointeeMark(p.Name)
			r.ListNode, r.RbNode = classOf(mark) == ListNode, classOf(mark) == RbNode
		case *btf.Union:
			r.RefComposite = true
		}
		if size, err := btf.Sizeof(r.Ref); err == nil && !r.RefVoid {
			r.RefSize = size
		}
	default:
		r.Scalar = types.IsScalar(t)
	}
	return r
}
