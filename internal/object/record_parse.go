package object

import (
	"fmt"
	"slices"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Fields that may lie in a map's value, and in an object a program allocates.
const (
	mapFields = BPF_SPIN_LOCK | BPF_RES_SPIN_LOCK | BPF_TIMER | BPF_KPTR | BPF_LIST_HEAD | BPF_RB_ROOT |
		BPF_REFCOUNT | BPF_WORKQUEUE | BPF_UPTR | BPF_TASK_WORK
	objFields = BPF_SPIN_LOCK | BPF_RES_SPIN_LOCK | BPF_LIST_HEAD | BPF_LIST_NODE | BPF_RB_ROOT |
		BPF_RB_NODE | BPF_REFCOUNT | BPF_KPTR
)

// recordParser finds special fields in a program's BTF, for one kernel.
type recordParser struct {
	b     *rawBTF
	model *kmodel.Model
	// structs are the records of the structs that hold special fields, by type id.
	structs map[uint32]*Record
	why     string // which struct was refused, and as far as is known for what
}

// parse returns the special fields of a type of size bytes; nil for none.
func (p *recordParser) parse(id uint32, mask FieldType, size uint32) (*Record, abi.Errno) {
	if p.model.Has(kmodel.FieldRecords) {
		return p.parseTogether(id, mask, size)
	}
	if p.b.kind(id) == kindDatasec && !p.model.Has(kmodel.GlobalLocks) {
		return nil, 0
	}
	// Each kind is found by itself; one that is not valid is as none.
	all := &Record{}
	for _, kind := range []FieldType{BPF_SPIN_LOCK, BPF_TIMER, BPF_KPTR} {
		if r, errno := p.parseTogether(id, kind&mask, size); errno == 0 && r != nil {
			all.Fields, all.Mask = append(all.Fields, r.Fields...), all.Mask|r.Mask
		}
	}
	if all.Mask == 0 {
		return nil, 0
	}
	return all, 0
}

func (p *recordParser) parseTogether(id uint32, mask FieldType, size uint32) (*Record, abi.Errno) {
	finder := fieldFinder{b: p.b, model: p.model, mask: mask}
	found, errno := finder.find(id)
	if errno != 0 || len(found) == 0 {
		return nil, errno
	}
	r := &Record{}
	next := uint32(0)
	for i := range found {
		f := &found[i]
		if uint64(f.off)+uint64(f.size) > uint64(size) {
			return nil, abi.EFAULT
		}
		if f.off < next {
			return nil, abi.EEXIST
		}
		next = f.off + f.size
		field := Field{Type: f.typ, Offset: f.off, Size: f.size}
		switch {
		case f.typ&(BPF_KPTR|BPF_UPTR) != 0:
			errno = p.kptr(f, &field)
		case f.typ == BPF_LIST_HEAD:
			errno = p.root(f, &field, "bpf_list_node")
		case f.typ == BPF_RB_ROOT:
			errno = p.root(f, &field, "bpf_rb_node")
		}
		if errno != 0 {
			return nil, errno
		}
		r.Fields = append(r.Fields, field)
		r.Mask |= field.Type
	}
	if r.HasAny(BPF_SPIN_LOCK) && r.HasAny(BPF_RES_SPIN_LOCK) ||
		r.HasAny(BPF_GRAPH_ROOT) && !r.HasAny(BPF_SPIN_LOCK|BPF_RES_SPIN_LOCK) ||
		!r.HasAny(BPF_REFCOUNT) && r.HasAny(BPF_LIST_NODE) && r.HasAny(BPF_RB_NODE) {
		return nil, abi.EINVAL
	}
	slices.SortStableFunc(r.Fields, func(a, b Field) int { return int(a.Offset) - int(b.Offset) })
	return r, 0
}

// kptr finds what a kptr points to: a kernel's type, or else one of the program's own.
func (p *recordParser) kptr(f *foundField, field *Field) abi.Errno {
	name := p.b.name(f.target)
	var id uint32
	var set *types.Set
	var in int
	if p.b.kind(f.target) == kindStruct {
		id, _, set, in = findKernel[*btf.Struct](p.model, name)
	} else {
		id, _, set, in = findKernel[*btf.Union](p.model, name)
	}
	if id == 0 && !p.model.Has(kmodel.FieldRecords) {
		return abi.ENOENT
	}
	if id == 0 {
		field.PointeeSet, field.PointeeID = 1, f.target
		return 0
	}
	field.PointeeSet, field.PointeeID = (&resolved{in: in}).typeSet(), id
	if f.typ != BPF_KPTR_REF {
		return 0
	}
	if dtor, ok := p.model.Destructor(name); ok {
		if id, _ := set.FindFunc(dtor); id != 0 {
			return 0
		}
	}
	p.why = fmt.Sprintf("it has a kptr to %s of %s, for which no destructor is known", name, set.Name)
	return abi.ENOENT
}

// root finds the node within the objects that a list head or tree root contains.
func (p *recordParser) root(f *foundField, field *Field, nodeType string) abi.Errno {
	b := p.b
	found := false
	for i := range b.vlen(f.target) {
		m := b.member(f.target, i)
		if m.name != f.nodeName {
			continue
		}
		if k := b.kind(m.typ); found || k != kindStruct && k != kindUnion || b.name(m.typ) != nodeType {
			return abi.EINVAL
		}
		if m.bitOff%64 != 0 {
			return abi.EINVAL
		}
		found = true
		field.NodeTypeID, field.NodeOffset = f.target, m.bitOff/8
	}
	if !found {
		return abi.ENOENT
	}
	return 0
}

// parseStructs finds the structs of a program's BTF that have special fields as
// direct members: those that programs may allocate. An error refuses the BTF.
func (p *recordParser) parseStructs() abi.Errno {
	b := p.b
	if !p.model.Has(kmodel.FieldRecords) {
		return 0
	}
	special := map[uint32]bool{}
	for name, k := range fieldKinds {
		if _, ok := p.model.SpecialField(name); ok && k.typ&(objFields&^BPF_RES_SPIN_LOCK) != 0 {
			if id := b.find(name, kindStruct); id != 0 {
				special[id] = true
			}
		}
	}
	finder := fieldFinder{b: b, model: p.model, mask: BPF_KPTR}
	for id := uint32(1); id < b.n(); id++ {
		if ok, _ := finder.kptr(id, &foundField{}); ok {
			special[id] = true
		}
	}
	p.structs = map[uint32]*Record{}
	if len(special) == 0 {
		return 0
	}
	for id := uint32(1); id < b.n(); id++ {
		if k := b.kind(id); k != kindStruct && k != kindUnion {
			continue
		}
		for i := range b.vlen(id) {
			if !special[b.u32(id, 16+12*i)] {
				continue
			}
			r, errno := p.parse(id, objFields, b.typ(id))
			if errno == 0 && r == nil {
				errno = abi.EFAULT
			}
			if errno != 0 {
				return p.refuse(id, errno)
			}
			p.structs[id] = r
			break
		}
	}
	for id := uint32(1); id < b.n(); id++ {
		if errno := p.link(p.structs[id]); errno != 0 {
			return p.refuse(id, errno)
		}
	}
	return 0
}

// refuse says which struct's special fields are not valid.
func (p *recordParser) refuse(id uint32, errno abi.Errno) abi.Errno {
	if p.why == "" {
		p.why = "its special fields are not valid"
	}
	p.why = fmt.Sprintf("struct %s: %s", p.b.name(id), p.why)
	return errno
}

// link ties roots to the records of their nodes and refuses circles of ownership.
func (p *recordParser) link(r *Record) abi.Errno {
	if !r.HasAny(BPF_GRAPH_ROOT | BPF_UPTR) {
		return 0
	}
	for i := range r.Fields {
		f := &r.Fields[i]
		if f.Type == BPF_UPTR {
			if f.PointeeSet != 1 {
				return abi.EINVAL
			}
			size := p.b.typ(f.PointeeID)
			if size == 0 {
				return abi.EINVAL
			}
			if size > p.model.Config().PageSize {
				return abi.E2BIG
			}
			continue
		}
		if f.Type&BPF_GRAPH_ROOT == 0 {
			continue
		}
		node := p.structs[f.NodeTypeID]
		if node == nil {
			return abi.EFAULT
		}
		f.NodeRecord = node
		if r.HasAny(BPF_GRAPH_NODE) && node.HasAny(BPF_GRAPH_ROOT) {
			return abi.ELOOP
		}
	}
	return 0
}
