package attach

import (
	"slices"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// Other is a program that another one traces, or replaces a function of, as its own verification left it.
type Other struct {
	Image *object.Image
	Funcs []Func // as Image.Funcs
}

// Func is what is known of a function of a program before others attach to it.
type Func struct {
	Unreliable bool // its code isn't what BTF says: it is static, say, and its calls were changed
	ChangesPkt bool // moves packet data
	MightSleep bool
	Exception  bool // it is the exception callback
	Removed    bool // nothing ever calls it, so it is not in the program that runs
}

// checkOther verifies that the function of the other program may be traced or replaced, and returns its prototype: nil
// where that can't be relied on.
func (c *checker) checkOther(t btf.Type) (*btf.FuncProto, error) {
	ext := c.prog.Type == abi.PROG_TYPE_EXT
	other, name := c.other, t.TypeName()
	at := slices.IndexFunc(other.Image.Funcs, func(f object.FuncInfo) bool { return f.TypeID == c.img.AttachBTFID })
	if at < 0 || other.Funcs[at].Removed {
		return nil, c.Reject(abi.EINVAL, "Subprog %s doesn't exist", name)
	}
	f := &other.Funcs[at]
	if f.Exception {
		kind := "FENTRY/FEXIT"
		switch {
		case ext:
			kind = "Extension"
		case c.k.Has(kmodel.SessionsNamed):
			kind = "Tracing"
		}
		return nil, c.Reject(abi.EINVAL, "%s programs cannot attach to exception callback", kind)
	}
	if ext {
		if err := c.checkReplaceable(f); err != nil {
			return nil, err
		}
	}
	into := other.Image
	switch {
	case !c.k.Config().JIT:
		return nil, c.Reject(abi.EINVAL, "Can attach to only JITed progs")
	case ext && into.Type == abi.PROG_TYPE_EXT:
		return nil, c.Reject(abi.EINVAL, "Cannot recursively attach")
	case ext && into.Type == abi.PROG_TYPE_TRACING && follows(into.Attach.One()):
		if c.k.Has(kmodel.FunctionSessions) {
			return nil, c.Reject(abi.EINVAL, "Cannot extend fentry/fexit/fsession")
		}
		return nil, c.Reject(abi.EINVAL, "Cannot extend fentry/fexit")
	case !ext && c.prog.Attach == abi.ATTACH_TRACE_RAW_TP:
		if c.k.Has(kmodel.SessionsNamed) {
			return nil, c.Reject(abi.EINVAL, "Only FENTRY/FEXIT/FSESSION progs are attachable to another BPF prog")
		}
		return nil, c.Reject(abi.EINVAL, "Only FENTRY/FEXIT progs are attachable to another BPF prog")
	}
	fn, ok := t.(*btf.Func)
	if !ok {
		return nil, c.Reject(abi.EINVAL, "attach_btf_id %d is not a function", c.img.AttachBTFID)
	}
	if ext {
		if err := c.checkSameType(fn); err != nil {
			return nil, err
		}
	}
	proto, ok := fn.Type.(*btf.FuncProto)
	if !ok {
		return nil, vlog.Fail(abi.EINVAL)
	}
	if f.Unreliable {
		return nil, c.checkTracesOther()
	}
	if err := c.checkTraceable(proto); err != nil {
		return nil, err
	}
	return proto, c.checkTracesOther()
}

// checkReplaceable verifies that the program does no more than the function that it replaces.
func (c *checker) checkReplaceable(f *Func) error {
	switch {
	case f.Unreliable:
		return c.Reject(abi.EINVAL, "Cannot replace static functions")
	case !c.k.Config().JIT:
		return c.Reject(abi.EINVAL, "Extension programs should be JITed")
	case c.own.ChangesPkt && !f.ChangesPkt:
		return c.Reject(abi.EINVAL, "Extension program changes packet data, while original does not")
	case c.own.MightSleep && !f.MightSleep && c.k.Has(kmodel.GlobalFuncContext):
		return c.Reject(abi.EINVAL, "Extension program may sleep, while original does not")
	}
	return nil
}

// follows reports programs that run when a function begins or ends and leave it as it is.
func follows(a abi.AttachType) bool {
	return a == abi.ATTACH_TRACE_FENTRY || a == abi.ATTACH_TRACE_FEXIT || a == abi.ATTACH_TRACE_FSESSION
}

// checkTracesOther refuses programs that do to another what can be done to the kernel's functions only.
func (c *checker) checkTracesOther() error {
	name := c.target.Name
	switch a := c.prog.Attach; {
	case c.prog.Type == abi.PROG_TYPE_EXT:
		return nil
	case !follows(a) && a != abi.ATTACH_MODIFY_RETURN && a != abi.ATTACH_TRACE_ITER,
		a == abi.ATTACH_TRACE_FSESSION && !c.k.Has(kmodel.FunctionSessions):
		return vlog.Fail(abi.EINVAL)
	case c.prog.Sleepable && a != abi.ATTACH_TRACE_ITER:
		return c.Reject(abi.EINVAL, "%s is not sleepable", name)
	case a == abi.ATTACH_MODIFY_RETURN:
		return c.Reject(abi.EINVAL, "can't modify return codes of BPF programs")
	}
	return nil
}

// checkSameType verifies that the program has the type of the function it replaces (btf_check_func_type_match).
func (c *checker) checkSameType(old *btf.Func) error {
	if len(c.img.Funcs) == 0 || c.img.BTF == nil {
		return vlog.Fail(abi.EINVAL)
	}
	fn, ok := c.img.BTF.ByID(c.img.Funcs[0].TypeID).(*btf.Func)
	if !ok {
		return vlog.Fail(abi.EINVAL)
	}
	for _, f := range []*btf.Func{fn, old} {
		if f.Linkage != btf.GlobalFunc {
			return c.Reject(abi.EINVAL, "%s() is not a global function", f.Name)
		}
	}
	p1, ok1 := fn.Type.(*btf.FuncProto)
	p2, ok2 := old.Type.(*btf.FuncProto)
	if !ok1 || !ok2 {
		return vlog.Fail(abi.EINVAL)
	}
	if n1, n2 := len(p1.Params), len(p2.Params); n1 != n2 {
		return c.Reject(abi.EINVAL, "%s() has %d args while %s() has %d args", fn.Name, n1, old.Name, n2)
	}
	if r1, r2 := types.Resolve(p1.Return), types.Resolve(p2.Return); !sameForm(r1, r2) {
		return c.Reject(abi.EINVAL, "Return type %s of %s() doesn't match type %s of %s()",
			types.KindName(r1), fn.Name, types.KindName(r2), old.Name)
	}
	for i := range p1.Params {
		if err := c.checkSameArg(i, fn.Name, old.Name, types.Resolve(p1.Params[i].Type), types.Resolve(p2.Params[i].Type)); err != nil {
			return err
		}
	}
	return nil
}

// checkSameArg verifies that an argument is of the same type in both functions.
func (c *checker) checkSameArg(i int, f1, f2 string, t1, t2 btf.Type) error {
	if !sameForm(t1, t2) {
		return c.Reject(abi.EINVAL, "arg%d in %s() is %s while %s() has %s", i, f1, types.KindName(t1), f2, types.KindName(t2))
	}
	ptr1, isPtr := t1.(*btf.Pointer)
	if !isPtr {
		if s1, s2 := sizeOf(t1), sizeOf(t2); s1 != s2 {
			return c.Reject(abi.EINVAL, "arg%d in %s() has size %d while %s() has %d", i, f1, s1, f2, s2)
		}
		if types.IsScalar(t1) {
			return nil
		}
		return c.Reject(abi.EINVAL, "arg%d in %s() has unrecognized type", i, f1)
	}
	s1, s2 := types.Resolve(ptr1.Target), types.Resolve(t2.(*btf.Pointer).Target)
	for _, s := range []struct {
		typ btf.Type
		fn  string
	}{{s1, f1}, {s2, f2}} {
		if !types.IsComposite(s.typ) {
			return c.Reject(abi.EINVAL, "arg%d in %s() is not a pointer to context", i, s.fn)
		}
	}
	if n1, n2 := s1.TypeName(), s2.TypeName(); n1 != n2 {
		return c.Reject(abi.EINVAL, "arg%d %s(struct %s *) doesn't match %s(struct %s *)", i, f1, n1, f2, n2)
	}
	return nil
}

// sameForm reports types of one kind with as many members, or whatever they have.
func sameForm(t1, t2 btf.Type) bool {
	return types.KindName(t1) == types.KindName(t2) && members(t1) == members(t2)
}

// members is how many members, parameters or enumerators a type has, and whether it says so in another form.
func members(t btf.Type) (n struct {
	count int
	flag  bool
}) {
	switch t := t.(type) {
	case *btf.Struct:
		n.count = len(t.Members)
	case *btf.Union:
		n.count = len(t.Members)
	case *btf.Enum:
		n.count, n.flag = len(t.Values), t.Signed
	case *btf.FuncProto:
		n.count = len(t.Params)
	}
	return n
}

func sizeOf(t btf.Type) int {
	n, _ := types.SizeOf(t)
	return n
}
