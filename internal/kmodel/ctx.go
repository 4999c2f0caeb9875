package kmodel

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// CtxField is what an access to the context finds.
type CtxField struct {
	Type      abi.RegType // what a load gives
	FieldSize int         // bytes of the whole field; a smaller access is a narrow one
	BTFID     uint32      // for PTR_TO_BTF_ID: type in vmlinux

	NoSext      bool // a sign-extending load is refused
	Unconverted bool // a load is allowed, but the kernel can't rewrite it
}

// CtxAccess answers for an access of size bytes at off to the context of a program whose context is not
// described by BTF; ok is false where it is refused. Tracing, LSM, struct_ops and iterator programs have
// BTF contexts and are always refused here; ask for the target program's context for EXT.
func (m *Model) CtxAccess(p Prog, off, size int, write bool) (f CtxField, ok bool) {
	if m.notes() {
		m.note("CtxAccess", p, off, size, write)
	}
	if m.Has(TracepointNegativeOffset) && p.Type == abi.PROG_TYPE_TRACEPOINT && off < 0 && off%size == 0 && !write {
		return CtxField{Type: abi.SCALAR_VALUE, FieldSize: size}, true
	}
	row := findCtxField(m.ctxLayout(p), off, size, write)
	if row == nil {
		return CtxField{}, false
	}
	f = CtxField{Type: row.Type, FieldSize: int(row.Size), NoSext: row.NoSext, Unconverted: row.Unconverted}
	f.BTFID = m.StructID(row.Struct)
	return f, true
}

func findCtxField(layout []kdata.CtxField, off, size int, write bool) *kdata.CtxField {
	if off < 0 || size <= 0 || off%size != 0 {
		return nil
	}
	for i := range layout {
		f := &layout[i]
		first, width := int(f.Off), int(f.Size)
		if off < first || off >= first+width*int(f.Count) {
			continue
		}
		mode := f.Read
		if write {
			mode = f.Write
		}
		at := (off - first) % width
		if mode == kdata.CtxExact && at == 0 && size == width || mode == kdata.CtxNarrow && at+size <= width {
			return f
		}
	}
	return nil
}

func (m *Model) ctxLayout(p Prog) []kdata.CtxField {
	if l, ok := m.t.CtxFixed[p.Type]; ok {
		return l
	}
	i, ok := m.index.ctxExact[ctxKey{p.Type, ctxAttach(p)}]
	if !ok {
		i, ok = m.index.ctxAny[p.Type]
	}
	if !ok {
		return nil
	}
	return m.t.CtxLayouts[i]
}

// ctxAttach is the attach type a program is loaded with where it names none.
func ctxAttach(p Prog) abi.AttachType {
	if p.Attach != 0 {
		return p.Attach
	}
	switch p.Type {
	case abi.PROG_TYPE_CGROUP_SOCK:
		return abi.ATTACH_CGROUP_INET_SOCK_CREATE
	case abi.PROG_TYPE_SK_REUSEPORT:
		return abi.ATTACH_SK_REUSEPORT_SELECT
	}
	return 0
}

// PlainContext reports whether the program's context is memory as it stands, not a view the kernel rewrites.
func (m *Model) PlainContext(p Prog) bool {
	if m.notes() {
		m.note("PlainContext", p)
	}
	return slices.Contains(m.t.CtxPlain, p.Type)
}

// MayAccessPacket reports whether programs of p's type may read, or write, through packet pointers. For
// helper arguments the helper's PktAccess decides besides, unless PacketToAnyHelper.
func (m *Model) MayAccessPacket(p Prog, write bool) bool {
	if m.notes() {
		m.note("MayAccessPacket", p, write)
	}
	if write {
		return slices.Contains(m.t.PacketWrite, p.Type)
	}
	return slices.Contains(m.t.PacketRead, p.Type)
}

// PacketToAnyHelper reports whether packet pointers may be passed to helpers that do not ask for them.
func (m *Model) PacketToAnyHelper(p Prog) bool {
	if m.notes() {
		m.note("PacketToAnyHelper", p)
	}
	return slices.Contains(m.t.PacketToAny, p.Type)
}

// IterArg is what an iterator program gets in one field of its context.
type IterArg = kdata.IterArg

// IterArgs returns the typed context fields of an iterator target, "task" say.
func (m *Model) IterArgs(target string) []IterArg {
	if m.notes() {
		m.note("IterArgs", target)
	}
	return m.t.IterArgs[target]
}

// RawTPArg is what is known of a tracepoint's pointer argument.
type RawTPArg = kdata.RawTPArg

// Facts about tracepoint arguments, bits.
const (
	RawTPMayBeNull  = kdata.RawTPMayBeNull
	RawTPMayBeError = kdata.RawTPMayBeError
)

// RawTracepointArg returns what is known of argument arg (from 0) of a tracepoint, and
// whether the tracepoint is listed at all.
func (m *Model) RawTracepointArg(tracepoint string, arg int) (RawTPArg, bool) {
	if m.notes() {
		m.note("RawTracepointArg", tracepoint, arg)
	}
	mask, ok := m.t.RawTPArgs[tracepoint]
	return RawTPArg(mask >> (4 * arg) & 0xf), ok
}
