package machine

import (
	"fmt"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// field is what a program sees of one member of a struct that the machine has as a T. A member without a field
// can't be accessed.
type field[T any] struct {
	get   func(*T) uint64
	set   func(*T, uint64) // nil: read-only
	bytes func(*T) []byte  // instead of get and set: memory as it stands
	pad   uint32           // bytes behind the member that count as part of it: zeros
}

// layout places fields where the kernel's BTF has them.
type layout[T any] struct {
	size    uint32
	at      []uint8 // of each byte 1 + index into members
	members []member[T]
}

type member[T any] struct {
	field[T]
	off, size uint32
}

// layoutOf lays fields out as the struct of that name; fields are named as its members. A member that this
// kernel lacks is left out. variant tells several sets of fields of one struct apart.
func layoutOf[T any](m *Machine, name, variant string, fields map[string]field[T]) (*layout[T], error) {
	if l, ok := m.layout[name+variant]; ok {
		return l.(*layout[T]), nil
	}
	_, s := m.k.Types().FindStruct(name)
	if s == nil {
		return nil, fmt.Errorf("the kernel's BTF has no struct %s", name)
	}
	l := &layout[T]{size: s.Size, at: make([]uint8, s.Size)}
	if err := l.add(s.Members, 0, fields); err != nil {
		return nil, fmt.Errorf("struct %s: %w", name, err)
	}
	m.layout[name+variant] = l
	return l, nil
}

// add places the members that have fields, those of unnamed structs and unions among them.
func (l *layout[T]) add(members []btf.Member, base uint32, fields map[string]field[T]) error {
	for i := range members {
		mb := &members[i]
		off := base + mb.Offset.Bytes()
		f, ok := fields[mb.Name]
		if !ok {
			var inner []btf.Member
			switch t := types.Resolve(mb.Type).(type) {
			case *btf.Struct:
				inner = t.Members
			case *btf.Union:
				inner = t.Members
			}
			if mb.Name == "" {
				if err := l.add(inner, off, fields); err != nil {
					return err
				}
			}
			continue
		}
		n, err := btf.Sizeof(mb.Type)
		if err != nil {
			return err
		}
		size := uint32(n) + f.pad
		l.members = append(l.members, member[T]{f, off, size})
		for b := off; b < off+size; b++ {
			l.at[b] = uint8(len(l.members))
		}
	}
	return nil
}

// structView shows an S laid out as a struct.
type structView[T any] struct {
	*layout[T]
	s *T
}

func (v structView[T]) find(off, size uint32) *member[T] {
	if off >= v.size || v.at[off] == 0 {
		return nil
	}
	mb := &v.members[v.at[off]-1]
	if off+size > mb.off+mb.size {
		return nil
	}
	return mb
}

// load reads a field or a part of one. A whole field may hold more than it has room for: an address.
func (v structView[T]) load(off, size uint32) (uint64, bool) {
	mb := v.find(off, size)
	switch {
	case mb == nil:
		return 0, false
	case mb.bytes != nil:
		at := off - mb.off
		return number(mb.bytes(v.s)[at : at+size]), true
	case size == mb.size:
		return mb.get(v.s), true
	}
	return mb.get(v.s) >> (8 * (off - mb.off)) & (1<<(8*size) - 1), true
}

func (v structView[T]) store(off, size uint32, val uint64) bool {
	mb := v.find(off, size)
	switch {
	case mb == nil:
		return false
	case mb.bytes != nil:
		at := off - mb.off
		putNumber(mb.bytes(v.s)[at:at+size], val)
		return true
	case mb.set == nil || size != mb.size:
		return false
	}
	if size < 8 {
		val &= 1<<(8*size) - 1
	}
	mb.set(v.s, val)
	return true
}

// fromContext sets fields from a context that the user gives. Bytes that are no field's must be zeros, as must those
// beyond the struct.
func (v structView[T]) fromContext(ctx []byte) bool {
	for i, b := range ctx {
		if b != 0 && (i >= len(v.at) || v.at[i] == 0) {
			return false
		}
	}
	for i := range v.members {
		mb := &v.members[i]
		part := make([]byte, mb.size)
		if int(mb.off) < len(ctx) {
			copy(part, ctx[mb.off:])
		}
		if mb.bytes != nil {
			copy(mb.bytes(v.s), part)
		} else {
			mb.set(v.s, number(part))
		}
	}
	return true
}

// toContext gives the fields as a context for the user.
func (v structView[T]) toContext() []byte {
	ctx := make([]byte, v.size)
	for i := range v.members {
		mb := &v.members[i]
		part := ctx[mb.off : mb.off+mb.size]
		if mb.bytes != nil {
			copy(part, mb.bytes(v.s))
		} else {
			putNumber(part, mb.get(v.s))
		}
	}
	return ctx
}
