package kproto

import (
	"math/bits"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Kind is what a parameter is in C.
type Kind uint8

// Kinds of parameters.
const (
	Scalar Kind = iota
	Pointer
	Ignored // the verifier does not look at it
	Prog    // filled in by the verifier with the program itself
	Other
)

// Class is what a pointer argument must be.
type Class uint8

// Classes of pointers. Those up to Arena are told by type and name, in the order of the kernel's marks.
const (
	Any Class = iota // depends on the register: typed pointer, callback or memory
	Ctx
	Alloc
	Refcounted
	Dynptr
	Iter
	ListHead
	ListNode
	RbRoot
	RbNode
	ConstStr
	Map
	ConstMap
	Workqueue
	Timer
	TaskWork
	IRQFlag
	ResSpinLock
	Arena
	// The rest are found from the register.
	Null
	Struct
	Callback
	Mem
	MemSize
	NumClasses
)

// classMarks are the marks that decide a class, in the order of Alloc ... Arena.
const classMarks = kdata.ParamArena<<1 - kdata.ParamAlloc

// classOf is the class that marks decide, Any if none does.
func classOf(marks kdata.ParamMark) Class {
	marks &= classMarks
	if marks == 0 {
		return Any
	}
	return Alloc + Class(bits.TrailingZeros32(uint32(marks))-bits.TrailingZeros32(uint32(kdata.ParamAlloc)))
}

// Arg is one parameter.
type Arg struct {
	Kind    Kind
	KindStr string // BTF kind, for messages
	Class   Class
	Marks   kdata.ParamMark

	// What a pointer points to.
	Ref       btf.Type
	RefSet    uint8
	RefID     uint32
	RefKind   string
	RefName   string
	Composite bool // struct or union
	Void      bool
	Plain     bool // scalar, or a struct of scalars
	TooDeep   bool // structs nested deeper than is looked
	Func      bool
	Size      int // bytes, -1 if it has no size

	IterName  string
	IterSlots int
}

// Is reports whether the parameter has one of the marks.
func (a *Arg) Is(marks kdata.ParamMark) bool { return a.Marks&marks != 0 }

// Sized reports that the parameter is the length of the memory before it.
func (a *Arg) Sized() bool { return a.Kind == Scalar && a.Is(kdata.ParamSize|kdata.ParamConstSize) }

func (d *describer) arg(p *btf.FuncParam) Arg {
	t := types.Resolve(p.Type)
	a := Arg{KindStr: types.KindName(t), Marks: d.k.ParamMarks(p.Name), Size: -1}
	ptr, isPtr := t.(*btf.Pointer)
	switch {
	case a.Is(kdata.ParamIgnored):
		a.Kind = Ignored
		if isPtr {
			a.Ref = types.Resolve(ptr.Target)
			a.measure()
		}
		return a
	case types.IsScalar(t):
		a.Kind = Scalar
		return a
	case !isPtr:
		a.Kind = Other
		return a
	}
	a.Kind = Pointer
	a.Ref = types.Resolve(ptr.Target)
	a.RefID = d.ts.ID(a.Ref)
	a.RefKind, a.RefName = types.KindName(a.Ref), types.Name(a.Ref)
	pointee := d.k.PointeeMark(a.RefName)
	if (a.Marks|pointee)&kdata.ParamProg != 0 {
		a.Kind = Prog
		return a
	}
	a.describePointee()
	if a.Composite {
		a.Marks |= pointee
	}
	if a.Class = classOf(a.Marks); d.ctx.Is(ptr) {
		a.Class = Ctx
	}
	return a
}

// iterPrefix begins the names of iterators' structs.
const iterPrefix = "bpf_iter_"

// measure finds the size of what a pointer points to.
func (a *Arg) measure() {
	a.Void = types.IsVoid(a.Ref)
	_, a.Func = a.Ref.(*btf.FuncProto)
	if size, err := btf.Sizeof(a.Ref); err == nil && !a.Void && !a.Func {
		a.Size = size
	}
}

func (a *Arg) describePointee() {
	a.Composite = types.IsComposite(a.Ref)
	if s, ok := a.Ref.(*btf.Struct); ok {
		if name, ok := strings.CutPrefix(s.Name, iterPrefix); ok {
			a.IterName, a.IterSlots = name, int(s.Size/8)
		}
	}
	a.measure()
	if a.Plain = types.IsScalar(a.Ref); !a.Plain {
		a.Plain, a.TooDeep = types.OnlyScalars(a.Ref)
	}
}
