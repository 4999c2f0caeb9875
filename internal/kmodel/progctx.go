package kmodel

import (
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// CtxTypes are the types of a program type's context: as programs see it and as the kernel has it.
type CtxTypes struct {
	// User is what a program's BTF must name, "__sk_buff" or the typedef "bpf_user_pt_regs_t"; UserStruct
	// is the struct behind it. Both are "" where the context has no name of its own (void *, __u64).
	User, UserStruct string
	// KernID is what bpf_cast_to_kern_ctx gives, an id in vmlinux; KernName its name, "sk_buff".
	KernID   uint32
	KernName string
}

// CtxTypes returns the context types of programs of p's type, read from the kernel's own table in its BTF;
// ok is false for types the kernel lacks.
func (m *Model) CtxTypes(p Prog) (c CtxTypes, ok bool) {
	if m.asked != nil {
		m.note("ctxNames", p)
	}
	if found, hit := m.cache.ctxTypes.Load(p.Type); hit {
		c, ok = found.(CtxTypes)
		return c, ok
	}
	if c, ok = m.findCtxTypes(p.Type); ok {
		m.cache.ctxTypes.Store(p.Type, c)
	} else {
		m.cache.ctxTypes.Store(p.Type, nil)
	}
	return c, ok
}

func (m *Model) findCtxTypes(t abi.ProgType) (c CtxTypes, ok bool) {
	_, conv := m.types.FindStruct("bpf_ctx_convert")
	if conv == nil {
		return c, false
	}
	name := "BPF_PROG_TYPE_" + strings.ToUpper(t.String())
	for _, member := range conv.Members {
		switch member.Name {
		case name + "_prog":
			ok = true
			c.User = types.Name(member.Type)
			if s, isStruct := btf.UnderlyingType(member.Type).(*btf.Struct); isStruct {
				c.UserStruct = s.Name
			} else {
				c.User = ""
			}
		case name + "_kern":
			c.KernID = m.types.ID(member.Type)
			c.KernName = types.Name(member.Type)
		}
	}
	return c, ok
}
