package types

import (
	"fmt"
	"math"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// AccessKind is what lies at a place inside a struct.
type AccessKind uint8

// Kinds of places.
const (
	AccessScalar AccessKind = iota // a number or part of one
	AccessPtr                      // a pointer to a struct
	AccessOpaque                   // a pointer to anything else
	AccessStruct                   // the start of a nested struct
)

// Access is what a load at one place of a struct touches.
type Access struct {
	Kind  AccessKind
	ID    uint32      // AccessPtr: the struct pointed to; AccessStruct: the nested struct
	Flags abi.RegType // PTR_UNTRUSTED inside unions; MEM_USER, MEM_PERCPU, MEM_RCU from tags
	Field string      // AccessPtr: name of the member
	// Beyond is what is wrong with the access were the memory not untrusted; nil for nothing.
	Beyond *AccessError
	// Behind is what is wrong with a number behind the struct, in the array of no length that it ends in, where
	// such arrays hold structs only; nil for nothing.
	Behind *AccessError
}

// AccessError is a place a program may not touch, in the kernel's words.
type AccessError struct {
	Errno  abi.Errno
	Text   string
	Format string // what Text was made from
	Args   []any
}

func (e *AccessError) Error() string { return e.Text }

func deny(e abi.Errno, format string, args ...any) *AccessError {
	return &AccessError{Errno: e, Text: fmt.Sprintf(format, args...), Format: format, Args: args}
}

// maxNesting bounds how deep structs and arrays may lie in each other; more is a damaged BTF.
const maxNesting = 32

// pointerSize is the size of a kernel pointer in bytes.
const pointerSize = 8

// tagFlags are the pointer flags that type tags stand for.
var tagFlags = map[string]abi.RegType{
	"user":   abi.MEM_USER,
	"percpu": abi.MEM_PERCPU,
	"rcu":    abi.MEM_RCU,
}

// Walk finds what size bytes at off, counted from the start of struct id, touch. It
// stops at the first nested struct that starts there, so a caller that wants the
// innermost member walks on from Access.ID at offset 0. flags are those gathered on the
// way here. The error is an *AccessError.
func (s *Set) Walk(id uint32, off, size int, flags abi.RegType) (Access, error) {
	t := Resolve(s.ByID(id))
	for depth := 0; ; depth++ {
		members, tsize, union := composite(t)
		if tsize < 0 || depth > maxNesting {
			return Access{}, deny(abi.EINVAL, "Type '%s' is not a struct", Name(t))
		}
		if union && len(members) != 1 {
			// Which member of a union is alive nobody knows.
			flags |= abi.PTR_UNTRUSTED
		}
		if off+size > tsize {
			elem, start := flexible(members)
			if elem == nil || off < start {
				return Access{}, beyond(t, off, size)
			}
			switch elem.(type) {
			case *btf.Int:
				return Access{Kind: AccessScalar, Flags: flags, Behind: beyond(t, off, size)}, nil
			case *btf.Struct, *btf.Union:
			default:
				return Access{}, beyond(t, off, size)
			}
			_, n, _ := composite(elem)
			if n == 0 { // older kernels divide by it, and are gone
				return Access{}, beyond(t, off, size)
			}
			t, off = elem, (off-start)%n
			continue
		}
		a, inner, innerOff, err := s.place(t, members, off, size, flags)
		if inner == nil {
			return a, err
		}
		t, off = inner, innerOff
	}
}

// place finds the member of one struct that an access falls in. When the access lies inside a
// nested struct, but not at its start, it returns that struct and the offset in it.
func (s *Set) place(t btf.Type, members []btf.Member, off, size int, flags abi.RegType) (a Access, inner btf.Type, innerOff int, err error) {
	a.Flags = flags
	for i := range members {
		m := &members[i]
		start := int(m.Offset.Bytes())
		if off+size <= start {
			break
		}
		if m.BitfieldSize != 0 {
			// Only a load that covers all of its bytes counts as reading a bitfield.
			end := int(m.Offset+m.BitfieldSize+7) / 8
			if off <= start && end <= off+size {
				return a, nil, 0, nil
			}
			continue
		}
		if off < start {
			break
		}
		l, ok := s.layout(m.Type)
		if !ok {
			return a, nil, 0, deny(abi.EFAULT, "field %s doesn't have size", anonymous(m.Name))
		}
		end := start + l.size
		if off >= end {
			continue
		}
		if l.array {
			// An array counts as so many members of its element's type.
			n := l.size / l.nelems
			start += (off - start) / n * n
			l.size = n
		}
		switch mt := l.elem.(type) {
		case *btf.Struct, *btf.Union:
			if off == start {
				a.Kind, a.ID = AccessStruct, l.elemID
				return a, nil, 0, nil
			}
			return a, mt, off - start, nil
		case *btf.Pointer:
			if l.size != size || off != start {
				return a, nil, 0, deny(abi.EACCES,
					"cannot access ptr member %s with moff %d in struct %s with off %d size %d",
					anonymous(m.Name), start, anonymous(Name(t)), off, size)
			}
			target := Resolve(mt.Target)
			if !IsComposite(target) {
				a.Kind = AccessOpaque
				return a, nil, 0, nil
			}
			if tag, ok := mt.Target.(*btf.TypeTag); ok {
				a.Flags |= tagFlags[tag.Value]
			}
			a.Kind, a.ID, a.Field = AccessPtr, s.ID(target), m.Name
			return a, nil, 0, nil
		}
		if off+size > end {
			a.Beyond = deny(abi.EACCES,
				"access beyond the end of member %s (mend:%d) in struct %s with off %d size %d",
				anonymous(m.Name), end, anonymous(Name(t)), off, size)
			if flags&abi.PTR_UNTRUSTED == 0 {
				return a, nil, 0, a.Beyond
			}
		}
		return a, nil, 0, nil
	}
	return a, nil, 0, deny(abi.EINVAL, "struct %s doesn't have field at offset %d", anonymous(Name(t)), off)
}

func beyond(t btf.Type, off, size int) *AccessError {
	return deny(abi.EACCES, "access beyond struct %s at off %d size %d", anonymous(Name(t)), off, size)
}

// flexible returns the element type and the offset of a trailing array without length.
func flexible(members []btf.Member) (btf.Type, int) {
	if len(members) == 0 {
		return nil, 0
	}
	last := &members[len(members)-1]
	arr, ok := Resolve(last.Type).(*btf.Array)
	if !ok || arr.Nelems != 0 {
		return nil, 0
	}
	return Resolve(arr.Type), int(last.Offset.Bytes())
}

// layout is how a member's type lies in memory, arrays of arrays taken as one.
type layout struct {
	size   int      // bytes, of the whole array
	elem   btf.Type // the type, or an array's innermost element
	elemID uint32
	nelems int
	array  bool
}

func (s *Set) layout(t btf.Type) (layout, bool) {
	l := layout{nelems: 1}
	declared := t
	for depth := 0; ; depth++ {
		t = Resolve(t)
		arr, ok := t.(*btf.Array)
		if !ok {
			break
		}
		l.array = true
		l.nelems *= int(arr.Nelems)
		if l.nelems > math.MaxUint32 || depth > maxNesting {
			return l, false
		}
		t, declared = arr.Type, arr.Type
	}
	l.elem, l.elemID = t, s.ID(t)
	if l.array {
		// The kernel names an array's element by the type written there, typedefs and all.
		l.elemID = s.ID(declared)
	}
	n, ok := SizeOf(t)
	l.size = n * l.nelems
	return l, ok && l.size <= math.MaxUint32
}

// SizeOf returns the size in bytes of a resolved type as the kernel counts it.
func SizeOf(t btf.Type) (int, bool) {
	switch t := t.(type) {
	case *btf.Int:
		return int(t.Size), true
	case *btf.Enum:
		return int(t.Size), true
	case *btf.Float:
		return int(t.Size), true
	case *btf.Struct:
		return int(t.Size), true
	case *btf.Union:
		return int(t.Size), true
	case *btf.Datasec:
		return int(t.Size), true
	case *btf.Pointer:
		return pointerSize, true
	}
	return 0, false
}

// composite returns members and size of a struct or union, size -1 for any other type.
func composite(t btf.Type) (members []btf.Member, size int, union bool) {
	switch t := t.(type) {
	case *btf.Struct:
		return t.Members, int(t.Size), false
	case *btf.Union:
		return t.Members, int(t.Size), true
	}
	return nil, -1, false
}

// Name returns a type's name, "" where it has none.
func Name(t btf.Type) string {
	if t == nil {
		return ""
	}
	return t.TypeName()
}

// anonymous is how the kernel's messages write a name that may be missing.
func anonymous(name string) string {
	if name == "" {
		return "(anon)"
	}
	return name
}
