package object

import (
	"cmp"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// fieldKind is a kind of special field.
type fieldKind struct {
	typ         FieldType
	size, align uint32 // bytes; the model says those of types
	unique      bool   // at most one in a type
}

// fieldKinds are the special fields that a type's name makes, where the kernel knows it.
var fieldKinds = map[string]fieldKind{
	"bpf_spin_lock":     {typ: BPF_SPIN_LOCK, unique: true},
	"bpf_res_spin_lock": {typ: BPF_RES_SPIN_LOCK, unique: true},
	"bpf_timer":         {typ: BPF_TIMER, unique: true},
	"bpf_wq":            {typ: BPF_WORKQUEUE, unique: true},
	"bpf_task_work":     {typ: BPF_TASK_WORK, unique: true},
	"bpf_list_head":     {typ: BPF_LIST_HEAD},
	"bpf_list_node":     {typ: BPF_LIST_NODE},
	"bpf_rb_root":       {typ: BPF_RB_ROOT},
	"bpf_rb_node":       {typ: BPF_RB_NODE},
	"bpf_refcount":      {typ: BPF_REFCOUNT},
}

// tagKinds are the special fields that a pointer's type tag makes, where the kernel knows it.
var tagKinds = map[string]FieldType{
	"kptr_untrusted": BPF_KPTR_UNREF,
	"kptr":           BPF_KPTR_REF,
	"percpu_kptr":    BPF_KPTR_PERCPU,
	"uptr":           BPF_UPTR,
}

// tagNames are all tags that some kernel knows.
var tagNames = []string{"kptr_untrusted", "kptr", "percpu_kptr", "uptr", "kptr_ref"}

// tagKind is the kind of field that a tag the kernel knows makes.
func tagKind(f kdata.SpecialField) FieldType { return tagKinds[cmp.Or(f.Means, f.Name)] }

const (
	kptrSize = 8

	// What the kernel allows in one type.
	maxFields      = 11
	maxFieldNested = 32
)

// foundField is a special field before its types are looked at.
type foundField struct {
	typ      FieldType
	off      uint32
	size     uint32
	target   uint32 // kptr: what it points to; root: the node objects' struct
	nodeName string
}

// fieldFinder collects the special fields of a type.
type fieldFinder struct {
	b     *rawBTF
	model *kmodel.Model
	mask  FieldType
	steps int // types looked at, bounded against hostile nesting
}

const maxFieldSteps = 1 << 20

// find returns the fields of a struct or data section, in the order of its members.
func (f *fieldFinder) find(id uint32) ([]foundField, abi.Errno) {
	switch f.b.kind(id) {
	case kindStruct, kindUnion:
		return f.inStruct(id, maxFields, 0)
	case kindDatasec:
		return f.inDatasec(id)
	}
	return nil, abi.EINVAL
}

func (f *fieldFinder) inStruct(id uint32, room, level int) ([]foundField, abi.Errno) {
	var out []foundField
	var seen FieldType
	for i := range f.b.vlen(id) {
		m := f.b.member(id, i)
		if m.bitOff%8 != 0 {
			return nil, abi.EINVAL
		}
		got, errno := f.one(id, i, m.typ, m.bitOff/8, 0, &seen, room-len(out), level)
		if errno != 0 {
			return nil, errno
		}
		out = append(out, got...)
	}
	return out, 0
}

func (f *fieldFinder) inDatasec(id uint32) ([]foundField, abi.Errno) {
	var out []foundField
	var seen FieldType
	for i := range f.b.vlen(id) {
		v := f.b.secVar(id, i)
		typ := uint32(0)
		if f.b.kind(v.typ) == kindVar {
			typ = f.b.typ(v.typ)
		}
		got, errno := f.one(v.typ, -1, typ, v.offset, v.size, &seen, maxFields-len(out), 0)
		if errno != 0 {
			return nil, errno
		}
		out = append(out, got...)
	}
	return out, 0
}

// one looks at a member or variable: owner and idx say whose tags count, want is
// the size it must have, 0 for any.
func (f *fieldFinder) one(owner uint32, idx int, typ, off, want uint32, seen *FieldType, room, level int) ([]foundField, abi.Errno) {
	b := f.b
	if f.steps++; f.steps > maxFieldSteps {
		return nil, abi.E2BIG
	}
	elems, depth := uint32(1), 0
	for ; depth < maxFieldNested && b.kind(typ) == kindArray && f.model.Has(kmodel.FieldRecords); depth++ {
		elems *= b.u32(typ, 20)
		typ = b.u32(typ, 12)
	}
	if depth == maxFieldNested {
		return nil, abi.E2BIG
	}
	if elems == 0 {
		return nil, 0
	}
	composite := b.kind(typ) == kindStruct || b.kind(typ) == kindUnion
	kind, errno := f.kindOf(typ, composite, seen)
	if errno != 0 {
		return nil, errno
	}
	if kind == nil {
		if !composite || !f.model.Has(kmodel.FieldRecords) || want != 0 && want != b.typ(typ)*elems {
			return nil, 0
		}
		return f.nested(typ, off, elems, room, level)
	}
	if want != 0 && want != kind.size*elems || off%kind.align != 0 {
		return nil, 0
	}
	got := foundField{typ: kind.typ, off: off, size: kind.size}
	var found bool
	switch kind.typ {
	case BPF_KPTR_REF:
		found, errno = f.kptr(typ, &got)
	case BPF_LIST_HEAD, BPF_RB_ROOT:
		found, errno = f.root(owner, idx, typ, &got)
	default:
		found = composite && b.typ(typ) == kind.size
	}
	if errno != 0 || !found {
		return nil, errno
	}
	if room <= 0 {
		return nil, abi.E2BIG
	}
	return repeat([]foundField{got}, elems, kind.size, room)
}

// kindOf tells which special field a type is; nil for none.
func (f *fieldFinder) kindOf(typ uint32, composite bool, seen *FieldType) (*fieldKind, abi.Errno) {
	name := f.b.name(typ)
	if k := fieldKinds[name]; f.mask&k.typ != 0 {
		if known, ok := f.model.SpecialField(name); ok {
			if k.unique && *seen&k.typ != 0 {
				return nil, abi.E2BIG
			}
			if k.unique {
				*seen |= k.typ
			}
			k.size, k.align = known.Size, known.Align
			return &k, 0
		}
	}
	if f.mask&(BPF_KPTR|BPF_UPTR) != 0 && !composite {
		return &fieldKind{typ: BPF_KPTR_REF, size: kptrSize, align: 8}, 0
	}
	return nil, 0
}

// nested collects the fields of a struct within a struct, or of an array of them.
func (f *fieldFinder) nested(typ, off, elems uint32, room, level int) ([]foundField, abi.Errno) {
	if level++; level >= maxFieldNested {
		return nil, abi.E2BIG
	}
	got, errno := f.inStruct(typ, room, level)
	if errno != 0 || len(got) == 0 {
		return nil, errno
	}
	for i := range got {
		got[i].off += off
	}
	return repeat(got, elems, f.b.typ(typ), room)
}

// repeat copies the fields of an array's first element for the others.
func repeat(first []foundField, elems, size uint32, room int) ([]foundField, abi.Errno) {
	if elems <= 1 {
		return first, 0
	}
	for _, f := range first {
		if f.typ&(BPF_KPTR|BPF_UPTR|BPF_GRAPH_ROOT) == 0 {
			return nil, abi.EINVAL
		}
	}
	if uint64(len(first))*uint64(elems) > uint64(max(room, 0)) {
		return nil, abi.E2BIG
	}
	out := first
	for i := uint32(1); i < elems; i++ {
		for _, f := range first[:len(first):len(first)] {
			f.off += i * size
			out = append(out, f)
		}
	}
	return out, 0
}

// kptr recognizes a tagged pointer to a struct.
func (f *fieldFinder) kptr(typ uint32, got *foundField) (bool, abi.Errno) {
	b := f.b
	if b.kind(typ) == kindVolatile {
		typ = b.typ(typ)
	}
	if b.kind(typ) != kindPtr {
		return false, 0
	}
	tag := b.typ(typ)
	if b.kind(tag) != kindTypeTag || b.kflag(tag) {
		return false, 0
	}
	if b.kind(b.typ(tag)) == kindTypeTag {
		return false, abi.EINVAL
	}
	known, ok := f.model.TaggedField(b.name(tag))
	kind := tagKind(known)
	if !ok {
		return false, abi.EINVAL
	}
	if kind&f.mask == 0 {
		return false, 0
	}
	target := b.typ(tag)
	for range 64 {
		k := b.kind(target)
		if k != kindTypedef && k != kindVolatile && k != kindConst && k != kindRestrict && k != kindTypeTag {
			break
		}
		target = b.typ(target)
	}
	if k := b.kind(target); k != kindStruct && k != kindUnion {
		return false, abi.EINVAL
	}
	got.typ, got.target = kind, target
	return true, 0
}

// root recognizes a list head or tree root, whose "contains:" tag names its nodes.
func (f *fieldFinder) root(owner uint32, idx int, typ uint32, got *foundField) (bool, abi.Errno) {
	b := f.b
	if k := b.kind(typ); k != kindStruct && k != kindUnion || b.typ(typ) != got.size {
		return false, 0
	}
	const key = "contains:"
	value, n := "", 0
	for _, id := range b.tagged[owner] {
		if int32(b.u32(id, 12)) != int32(idx) {
			continue
		}
		if name := b.name(id); len(name) >= len(key) && name[:len(key)] == key {
			value = name[len(key):]
			n++
		}
	}
	if n != 1 {
		return false, abi.EINVAL
	}
	colon := -1
	for i := range len(value) {
		if value[i] == ':' {
			colon = i
			break
		}
	}
	if colon < 0 {
		return false, abi.EINVAL
	}
	got.target, got.nodeName = b.find(value[:colon], kindStruct), value[colon+1:]
	if got.target == 0 {
		return false, abi.ENOENT
	}
	if got.nodeName == "" {
		return false, abi.EINVAL
	}
	return true, 0
}
