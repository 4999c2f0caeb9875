package object

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

const coreMaxDepth = 32 // of types compared, as in libbpf

// match is the outcome of a comparison of two types.
type match int

const (
	matchError match = iota - 1 // too deep
	matchNo
	matchYes
)

func matchIf(yes bool) match {
	if yes {
		return matchYes
	}
	return matchNo
}

// sameKind: of the same kind; enums of either size count as one.
func sameKind(a, b btf.Type) bool { return rawKind(a) == rawKind(b) }

// rawKind gives the BTF kind of a type (enum for enum64).
func rawKind(t btf.Type) int {
	switch t.(type) {
	case *btf.Int:
		return kindInt
	case *btf.Pointer:
		return kindPtr
	case *btf.Array:
		return kindArray
	case *btf.Struct:
		return kindStruct
	case *btf.Union:
		return kindUnion
	case *btf.Enum:
		return kindEnum
	case *btf.Fwd:
		return kindFwd
	case *btf.Typedef:
		return kindTypedef
	case *btf.Volatile:
		return kindVolatile
	case *btf.Const:
		return kindConst
	case *btf.Restrict:
		return kindRestrict
	case *btf.Func:
		return kindFunc
	case *btf.FuncProto:
		return kindFuncProto
	case *btf.Var:
		return kindVar
	case *btf.Datasec:
		return kindDatasec
	case *btf.Float:
		return kindFloat
	case *btf.TypeTag:
		return kindTypeTag
	}
	return 0
}

// matchSpec finds what a local access means in a candidate type of a kernel.
func matchSpec(local *coreSpec, set *types.Set, id uint32, cand btf.Type) (*coreSpec, match) {
	target := &coreSpec{set: set, rootID: id, kind: local.kind}
	switch {
	case local.kind == coreTypeMatches:
		return target, typesMatch(local.set.ByID(local.rootID), cand, false, coreMaxDepth)
	case local.kind.onType():
		return target, typesCompatible(local.set.ByID(local.rootID), cand, coreMaxDepth)
	case local.kind.enum():
		e, ok := types.Resolve(cand).(*btf.Enum)
		if !ok {
			return target, matchNo
		}
		want := essentialName(local.steps[0].name)
		for i, v := range e.Values {
			if essentialName(v.Name) == want {
				target.steps = []coreStep{{e, i, v.Name}}
				return target, matchYes
			}
		}
		return target, matchNo
	}
	t := cand
	for i := range local.steps {
		step := &local.steps[i]
		t = types.Resolve(t)
		if step.name != "" {
			next, m := target.findMember(step, t)
			if m != matchYes {
				return target, m
			}
			t = next
			continue
		}
		if i > 0 {
			arr, ok := t.(*btf.Array)
			if !ok || !target.last().flexible(arr) && uint32(step.idx) >= arr.Nelems {
				return target, matchNo
			}
			t = types.Resolve(arr.Type)
		}
		size, err := btf.Sizeof(t)
		if err != nil || target.raw == coreMaxSpec {
			return target, matchError
		}
		target.steps = append(target.steps, coreStep{t, step.idx, ""})
		target.raw++
		target.bitOff += uint32(step.idx) * uint32(size) * 8
	}
	return target, matchYes
}

// findMember looks for the local step's member in t and the unnamed structs within it.
// Where found, the spec has gone on to it and its type is returned.
func (s *coreSpec) findMember(step *coreStep, t btf.Type) (btf.Type, match) {
	t = types.Resolve(t)
	want := &membersOf(step.typ)[step.idx]
	members := membersOf(t)
	for i := range members {
		m := &members[i]
		if s.raw == coreMaxSpec {
			return nil, matchError
		}
		s.bitOff += uint32(m.Offset)
		s.raw++
		if m.Name == "" {
			if next, found := s.findMember(step, m.Type); found != matchNo {
				return next, found
			}
		} else if m.Name == want.Name {
			if !fieldsCompatible(want.Type, m.Type) {
				return nil, matchNo
			}
			s.steps = append(s.steps, coreStep{t, i, m.Name})
			return m.Type, matchYes
		}
		s.bitOff -= uint32(m.Offset)
		s.raw--
	}
	return nil, matchNo
}

// fieldsCompatible: a field of type a may be relocated to one of type b.
func fieldsCompatible(a, b btf.Type) bool {
	for range coreMaxDepth {
		a, b = types.Resolve(a), types.Resolve(b)
		if membersKind(a) && membersKind(b) {
			return true
		}
		if !sameKind(a, b) {
			return false
		}
		switch v := a.(type) {
		case *btf.Pointer, *btf.Float, *btf.Int:
			return true
		case *btf.Fwd, *btf.Enum:
			x, y := essentialName(a.TypeName()), essentialName(b.TypeName())
			return x == "" || y == "" || x == y
		case *btf.Array:
			a, b = v.Type, b.(*btf.Array).Type
		default:
			return false
		}
	}
	return false
}

func membersKind(t btf.Type) bool {
	switch t.(type) {
	case *btf.Struct, *btf.Union:
		return true
	}
	return false
}

// typesCompatible: same kinds all the way down, names and sizes don't count.
func typesCompatible(a, b btf.Type, level int) match {
	if !sameKind(a, b) {
		return matchNo
	}
	for range coreMaxDepth {
		a, b = types.Resolve(a), types.Resolve(b)
		if !sameKind(a, b) {
			return matchNo
		}
		switch v := a.(type) {
		case *btf.Void, *btf.Struct, *btf.Union, *btf.Enum, *btf.Fwd, *btf.Int:
			return matchYes
		case *btf.Pointer:
			a, b = v.Target, b.(*btf.Pointer).Target
		case *btf.Array:
			a, b = v.Type, b.(*btf.Array).Type
		case *btf.FuncProto:
			w := b.(*btf.FuncProto)
			if len(v.Params) != len(w.Params) {
				return matchNo
			}
			for i := range v.Params {
				if level <= 0 {
					return matchError
				}
				x, y := types.Resolve(v.Params[i].Type), types.Resolve(w.Params[i].Type)
				if m := typesCompatible(x, y, level-1); m != matchYes {
					return m
				}
			}
			a, b = v.Return, w.Return
		default:
			return matchNo
		}
	}
	return matchError
}

func namesMatch(a, b string) bool { return essentialName(a) == essentialName(b) }

// typesMatch: b has all that a has, by name; behind a pointer only kinds and names count.
func typesMatch(a, b btf.Type, behindPtr bool, level int) match {
	if level <= 0 {
		return matchError
	}
	for range coreMaxDepth {
		a, b = types.Resolve(a), types.Resolve(b)
		if !namesMatch(a.TypeName(), b.TypeName()) {
			return matchNo
		}
		switch v := a.(type) {
		case *btf.Fwd:
			switch w := b.(type) {
			case *btf.Fwd:
				return matchIf(v.Kind == w.Kind)
			case *btf.Struct:
				return matchIf(behindPtr && v.Kind == btf.FwdStruct)
			case *btf.Union:
				return matchIf(behindPtr && v.Kind == btf.FwdUnion)
			}
			return matchNo
		case *btf.Struct, *btf.Union:
			if !behindPtr {
				if !sameKind(a, b) {
					return matchNo
				}
				return membersMatch(a, b, level)
			}
			if fwd, ok := b.(*btf.Fwd); ok {
				_, union := a.(*btf.Union)
				return matchIf(union == (fwd.Kind == btf.FwdUnion))
			}
			return matchIf(sameKind(a, b))
		}
		if !sameKind(a, b) {
			return matchNo
		}
		switch v := a.(type) {
		case *btf.Void:
			return matchYes
		case *btf.Enum:
			return matchIf(enumsMatch(v, b.(*btf.Enum)))
		case *btf.Int:
			w := b.(*btf.Int)
			return matchIf(v.Size == w.Size && v.Encoding&btf.Signed == w.Encoding&btf.Signed)
		case *btf.Pointer:
			behindPtr = true
			a, b = v.Target, b.(*btf.Pointer).Target
		case *btf.Array:
			w := b.(*btf.Array)
			if v.Nelems != w.Nelems {
				return matchNo
			}
			a, b = v.Type, w.Type
		case *btf.FuncProto:
			w := b.(*btf.FuncProto)
			if len(v.Params) != len(w.Params) {
				return matchNo
			}
			for i := range v.Params {
				if m := typesMatch(v.Params[i].Type, w.Params[i].Type, behindPtr, level-1); m != matchYes {
					return m
				}
			}
			a, b = v.Return, w.Return
		default:
			return matchNo
		}
	}
	return matchError
}

func membersMatch(a, b btf.Type, level int) match {
	want, have := membersOf(a), membersOf(b)
	if len(want) > len(have) {
		return matchNo
	}
	for i := range want {
		found := false
		for k := range have {
			if !namesMatch(want[i].Name, have[k].Name) {
				continue
			}
			m := typesMatch(want[i].Type, have[k].Type, false, level-1)
			if m == matchError {
				return m
			}
			if m == matchYes {
				found = true
				break
			}
		}
		if !found {
			return matchNo
		}
	}
	return matchYes
}

func enumsMatch(a, b *btf.Enum) bool {
	if a.Size != b.Size || len(a.Values) > len(b.Values) {
		return false
	}
	for _, v := range a.Values {
		found := false
		for _, w := range b.Values {
			if namesMatch(v.Name, w.Name) {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}
