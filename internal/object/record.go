package object

// FieldType is the kind of a special field (enum btf_field_type), a bit each.
type FieldType uint32

// Special fields.
const (
	BPF_SPIN_LOCK FieldType = 1 << iota
	BPF_TIMER
	BPF_KPTR_UNREF
	BPF_KPTR_REF
	BPF_KPTR_PERCPU
	BPF_LIST_HEAD
	BPF_LIST_NODE
	BPF_RB_ROOT
	BPF_RB_NODE
	BPF_REFCOUNT
	BPF_WORKQUEUE
	BPF_UPTR
	BPF_RES_SPIN_LOCK
	BPF_TASK_WORK

	BPF_KPTR       = BPF_KPTR_UNREF | BPF_KPTR_REF | BPF_KPTR_PERCPU
	BPF_GRAPH_NODE = BPF_RB_NODE | BPF_LIST_NODE
	BPF_GRAPH_ROOT = BPF_RB_ROOT | BPF_LIST_HEAD
)

// Field is one special field of a map value or local object.
type Field struct {
	Type   FieldType
	Offset uint32 // bytes from the start of the value
	Size   uint32 // bytes

	// kptr, uptr: what it points to. Set is an index into Image.Types' meaning
	// (0 vmlinux, 1 the program's BTF, 2+ modules).
	PointeeSet int
	PointeeID  uint32

	// list head, rbtree root: the type of node objects and where the node lies in them.
	NodeTypeID uint32 // in the BTF the record belongs to
	NodeOffset uint32
	// NodeRecord are the special fields of the node type.
	NodeRecord *Record
}

// Record are the special fields of one type, ordered by offset.
type Record struct {
	Fields []Field
	Mask   FieldType // all types that occur
}

// HasAny reports whether any of the kinds occurs. It may be asked of a nil Record.
func (r *Record) HasAny(t FieldType) bool { return r != nil && r.Mask&t != 0 }

// Off returns where the field of a type lies of which there is at most one, in bytes; -1 if there is none.
func (r *Record) Off(t FieldType) int {
	for i := range r.Fields {
		if r.Fields[i].Type == t {
			return int(r.Fields[i].Offset)
		}
	}
	return -1
}

// Find returns the field of one of the kinds that starts at off, nil if there is none.
func (r *Record) Find(off uint32, t FieldType) *Field {
	if r == nil {
		return nil
	}
	for i := range r.Fields {
		if f := &r.Fields[i]; f.Offset == off && f.Type&t != 0 {
			return f
		}
	}
	return nil
}
