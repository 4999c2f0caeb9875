package types

import "github.com/cilium/ebpf/btf"

// split are types that build on those of another set. A split btf.Spec knows the ids of its own types only, and decodes
// those below without the lock that their set takes; so all of its own are decoded when they are read, and it is not
// asked again.
type split struct {
	base  *Set
	types map[uint32]btf.Type
	ids   map[btf.Type]uint32
	named map[string][]btf.Type
}

// Split is the set of types of a spec that builds on base.
func Split(spec *btf.Spec, base *Set) (*Set, error) {
	s := &split{base: base, types: map[uint32]btf.Type{}, ids: map[btf.Type]uint32{}, named: map[string][]btf.Type{}}
	for t, err := range spec.All() {
		if err != nil {
			return nil, err
		}
		id, err := spec.TypeID(t)
		if err != nil {
			return nil, err
		}
		s.types[uint32(id)], s.ids[t] = t, uint32(id)
		if name := t.TypeName(); name != "" {
			s.named[name] = append(s.named[name], t)
		}
	}
	set := Of(spec)
	set.split = s
	return set, nil
}

func (s *split) byID(id uint32) btf.Type {
	if t, own := s.types[id]; own {
		return t
	}
	return s.base.ByID(id)
}

func (s *split) id(t btf.Type) uint32 {
	if id, own := s.ids[t]; own {
		return id
	}
	return s.base.ID(t)
}
