package kmodel

import (
	"math"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// CtxField is what an access to the context finds.
type CtxField struct {
	Type      abi.RegType // what a load gives
	FieldSize int         // bytes of the whole field; a smaller access is a narrow one
	NoSext    bool        // a sign-extending load is refused
	BTFID     uint32      // for PTR_TO_BTF_ID: type in vmlinux
}

// CtxAccess answers for an access of size bytes at off to the context of a program whose context is not
// described by BTF; ok is false where it is refused. Tracing, LSM, struct_ops and iterator programs have
// BTF contexts and are always refused here; ask for the target program's context for EXT.
func (m *Model) CtxAccess(p Prog, off, size int, write bool) (f CtxField, ok bool) {
	if m.Has(TracepointNegativeOffset) && p.Type == abi.PROG_TYPE_TRACEPOINT && off < 0 && off%size == 0 && !write {
		return CtxField{Type: abi.SCALAR_VALUE, FieldSize: size}, true
	}
	row := findCtxField(ctxLayout(p), off, size, write)
	if row == nil {
		return CtxField{}, false
	}
	f = CtxField{Type: row.Type, FieldSize: int(row.Size), NoSext: row.NoSext}
	if row.Struct != "" {
		f.BTFID, _ = m.Types.FindStruct(row.Struct)
	}
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

// sourceLayouts are contexts the machine that ctx.go was recorded on cannot load, or whose size is out of reach:
// a system call program's argument and an infrared event.
var sourceLayouts = map[abi.ProgType][]kdata.CtxField{
	abi.PROG_TYPE_SYSCALL: {{Off: 0, Size: 8, Count: math.MaxUint16 / 8,
		Read: kdata.CtxNarrow, Write: kdata.CtxNarrow, Type: abi.SCALAR_VALUE}},
	abi.PROG_TYPE_LIRC_MODE2: {{Off: 0, Size: 4, Count: 1, Read: kdata.CtxExact, Type: abi.SCALAR_VALUE}},
}

type ctxKey struct {
	typ    abi.ProgType
	attach abi.AttachType
}

// ctxIndex maps program kinds to layouts; the entries for any attach type are in anyAttach.
var ctxIndex = sync.OnceValue(func() (idx struct {
	exact     map[ctxKey]int
	anyAttach map[abi.ProgType]int
}) {
	idx.exact, idx.anyAttach = map[ctxKey]int{}, map[abi.ProgType]int{}
	for _, u := range kdata.CtxUses {
		if u.AnyAttach {
			idx.anyAttach[abi.ProgType(u.Type)] = u.Layout
		} else {
			idx.exact[ctxKey{abi.ProgType(u.Type), abi.AttachType(u.Attach)}] = u.Layout
		}
	}
	return idx
})

func ctxLayout(p Prog) []kdata.CtxField {
	if l, ok := sourceLayouts[p.Type]; ok {
		return l
	}
	idx := ctxIndex()
	if i, ok := idx.exact[ctxKey{p.Type, ctxAttach(p)}]; ok {
		return kdata.CtxLayouts[i]
	}
	if i, ok := idx.anyAttach[p.Type]; ok {
		return kdata.CtxLayouts[i]
	}
	return nil
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

// packetAccess says which program types may use packet pointers.
type packetAccess uint8

const (
	packetNone packetAccess = iota
	packetRead
	packetWrite
)

var packetRules = map[abi.ProgType]packetAccess{
	abi.PROG_TYPE_LWT_IN:         packetRead,
	abi.PROG_TYPE_LWT_OUT:        packetRead,
	abi.PROG_TYPE_LWT_SEG6LOCAL:  packetRead,
	abi.PROG_TYPE_SK_REUSEPORT:   packetRead,
	abi.PROG_TYPE_FLOW_DISSECTOR: packetRead,
	abi.PROG_TYPE_CGROUP_SKB:     packetRead,
	abi.PROG_TYPE_SCHED_CLS:      packetWrite,
	abi.PROG_TYPE_SCHED_ACT:      packetWrite,
	abi.PROG_TYPE_XDP:            packetWrite,
	abi.PROG_TYPE_LWT_XMIT:       packetWrite,
	abi.PROG_TYPE_SK_SKB:         packetWrite,
	abi.PROG_TYPE_SK_MSG:         packetWrite,
	abi.PROG_TYPE_CGROUP_SOCKOPT: packetWrite,
}

// MayAccessPacket reports whether programs of p's type may read, or write, through packet pointers. For
// helper arguments the helper's PktAccess decides besides, unless PacketToAnyHelper.
func MayAccessPacket(p Prog, write bool) bool {
	a := packetRules[p.Type]
	return a == packetWrite || a == packetRead && !write
}

// PacketToAnyHelper reports whether packet pointers may be passed to helpers that do not ask for them.
func PacketToAnyHelper(p Prog) bool { return p.Type == abi.PROG_TYPE_CGROUP_SOCKOPT }
