package types

import "github.com/cilium/ebpf/btf"

// KindName is the kernel's name for a BTF kind.
func KindName(t btf.Type) string {
	switch t := t.(type) {
	case *btf.Int:
		return "INT"
	case *btf.Pointer:
		return "PTR"
	case *btf.Array:
		return "ARRAY"
	case *btf.Struct:
		return "STRUCT"
	case *btf.Union:
		return "UNION"
	case *btf.Enum:
		if t.Size == 8 {
			return "ENUM64"
		}
		return "ENUM"
	case *btf.Fwd:
		return "FWD"
	case *btf.Typedef:
		return "TYPEDEF"
	case *btf.Volatile:
		return "VOLATILE"
	case *btf.Const:
		return "CONST"
	case *btf.Restrict:
		return "RESTRICT"
	case *btf.Func:
		return "FUNC"
	case *btf.FuncProto:
		return "FUNC_PROTO"
	case *btf.Var:
		return "VAR"
	case *btf.Datasec:
		return "DATASEC"
	case *btf.Float:
		return "FLOAT"
	case *btf.TypeTag:
		return "TYPE_TAG"
	}
	return "UNKNOWN"
}

// NameOrAnon is a type's name as messages write it: "(anon)" where it has none.
func NameOrAnon(t btf.Type) string { return anonymous(Name(t)) }

// IsComposite reports a struct or union; qualifiers and typedefs are not looked through.
func IsComposite(t btf.Type) bool {
	_, n, _ := composite(t)
	return n >= 0
}

// IsScalar reports an integer or enum; qualifiers and typedefs are not looked through.
func IsScalar(t btf.Type) bool {
	switch t.(type) {
	case *btf.Int, *btf.Enum:
		return true
	}
	return false
}

// IsVoid reports void.
func IsVoid(t btf.Type) bool { _, ok := t.(*btf.Void); return ok }

// Qualified returns what a qualifier or type tag is put on, nil for other types.
func Qualified(t btf.Type) btf.Type {
	switch t := t.(type) {
	case *btf.Const:
		return t.Type
	case *btf.Volatile:
		return t.Type
	case *btf.Restrict:
		return t.Type
	case *btf.TypeTag:
		return t.Type
	}
	return nil
}

// Tagged reports that one of a type's tags, before it or behind a typedef, is the given one.
func Tagged(t btf.Type, tag string) bool {
	for t != nil {
		if tt, ok := t.(*btf.TypeTag); ok && tt.Value == tag {
			return true
		}
		if d, ok := t.(*btf.Typedef); ok {
			t = d.Type
			continue
		}
		t = Qualified(t)
	}
	return false
}

// maxScalarNesting is how deep structs of scalars may nest.
const maxScalarNesting = 3

// OnlyScalars reports a struct or union of nothing but scalars; tooDeep says that the answer
// is no because of its nesting.
func OnlyScalars(t btf.Type) (ok, tooDeep bool) { return onlyScalars(t, 0) }

func onlyScalars(t btf.Type, depth int) (ok, tooDeep bool) {
	members, size, _ := composite(t)
	if size < 0 {
		return false, false
	}
	for i := range members {
		m := Resolve(members[i].Type)
		if IsComposite(m) {
			if depth >= maxScalarNesting {
				return false, true
			}
			if ok, deep := onlyScalars(m, depth+1); !ok {
				return false, deep
			}
			continue
		}
		if a, isArray := m.(*btf.Array); isArray {
			if a.Nelems == 0 {
				return false, false
			}
			m = Resolve(a.Type)
		}
		if !IsScalar(m) {
			return false, false
		}
	}
	return true, false
}
