package kmodel

import (
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// CtxType returns the context's type of programs of p's type; ok is false for types the kernel lacks.
func (m *Model) CtxType(p Prog) (c kdata.CtxType, ok bool) {
	if m.notes() {
		m.note("CtxType", p)
	}
	for _, c := range m.ctxTypes {
		if c.Prog == p.Type {
			return c, true
		}
	}
	if m.ctxTypes != nil {
		return kdata.CtxType{}, false
	}
	if found, hit := m.cache.ctxTypes.Load(p.Type); hit {
		c, ok = found.(kdata.CtxType)
		return c, ok
	}
	if c, ok = m.ReadCtxType(p); ok {
		m.cache.ctxTypes.Store(p.Type, c)
	} else {
		m.cache.ctxTypes.Store(p.Type, nil)
	}
	return c, ok
}

// ReadCtxType is CtxType from the kernel's BTF, which has a table of them.
func (m *Model) ReadCtxType(p Prog) (c kdata.CtxType, ok bool) {
	user := m.ctxMember(p.Type, "_prog")
	if user == nil {
		return c, false
	}
	c.Prog = p.Type
	if s, isStruct := btf.UnderlyingType(user).(*btf.Struct); isStruct {
		c.User, c.UserStruct = types.Name(user), s.Name
	}
	return c, true
}

// KernCtx is the id in vmlinux of the kernel's own type of the context of programs of p's type, which bpf_cast_to_kern_ctx
// gives; 0 for types the kernel lacks.
func (m *Model) KernCtx(p Prog) uint32 {
	if m.notes() {
		m.note("kernCtxName", p)
	}
	if t := m.ctxMember(p.Type, "_kern"); t != nil {
		return m.types.ID(t)
	}
	return 0
}

// kernCtxName is the name of KernCtx, which has other ids in each kernel.
func (m *Model) kernCtxName(p Prog) string { return types.Name(m.ctxMember(p.Type, "_kern")) }

// ctxMember finds a type of programs in the kernel's table of contexts.
func (m *Model) ctxMember(t abi.ProgType, which string) btf.Type {
	_, conv := m.types.FindStruct("bpf_ctx_convert")
	if conv == nil {
		return nil
	}
	name := "BPF_PROG_TYPE_" + strings.ToUpper(t.String()) + which
	for _, member := range conv.Members {
		if member.Name == name {
			return member.Type
		}
	}
	return nil
}
