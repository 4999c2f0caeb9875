package kproto

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Context recognises pointers to a program's context by their type.
type Context struct {
	Known bool // the kernel has programs of this type

	user   kdata.CtxType
	kernel string // the kernel's struct behind it
	kprobe bool
}

// ContextOf is the context of programs like p.
func ContextOf(k *kmodel.Model, p kmodel.Prog) Context {
	c := Context{kprobe: p.Type == abi.PROG_TYPE_KPROBE}
	c.user, c.Known = k.CtxType(p)
	c.kernel = k.Projection(c.user.User)
	return c
}

// Is reports a pointer whose type alone says that it is the program's context (btf_is_prog_ctx_type).
func (c *Context) Is(ptr *btf.Pointer) bool {
	if c.kprobe && UserPtRegs(ptr.Target) {
		return true
	}
	t := types.Resolve(ptr.Target)
	if !types.IsComposite(t) || c.user.User == "" || t.TypeName() == "" {
		return false
	}
	name := t.TypeName()
	return name == c.user.User || name == c.user.UserStruct || name == c.kernel
}

// UserPtRegs reports the typedef bpf_user_pt_regs_t, which programs use for their context.
func UserPtRegs(t btf.Type) bool {
	for t != nil {
		if td, ok := t.(*btf.Typedef); ok {
			return td.Name == "bpf_user_pt_regs_t"
		}
		t = types.Qualified(t)
	}
	return false
}
