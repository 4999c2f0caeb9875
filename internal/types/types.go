// Package types answers the questions the verifier asks of BTF: a kernel's, a
// program's or a module's.
package types

import (
	"sync"
	"sync/atomic"

	"github.com/cilium/ebpf/btf"
)

// Set is one BTF blob.
type Set struct {
	// Name is "vmlinux", a module's name, or "" for a program's own BTF.
	Name string
	// Kernel is true for vmlinux and modules.
	Kernel bool
	// Proposed is true for functions that vmlinux itself would have, though its BTF does not: they
	// are not a module's, and the types they take are vmlinux's.
	Proposed bool
	// Digest tells sets apart that were read from files; empty for others.
	Digest string

	read  func() Loaded
	split *split // for types that build on another set's
	// recent are types that were looked up by id, each where its id modulo their number says: a Spec locks and notes at each look.
	recent [256]atomic.Pointer[byID]
}

type byID struct {
	id uint32
	t  btf.Type
}

// Loaded is BTF that was read.
type Loaded struct {
	Spec *btf.Spec
	// StringBytes and TypeCount are the sizes of a vmlinux blob's string table and the number of its
	// types without void, where they are known: what split BTF on top of it counts from.
	StringBytes, TypeCount uint32
}

// Of is the set of types that were read.
func Of(spec *btf.Spec) *Set { return Lazy(func() Loaded { return Loaded{Spec: spec} }) }

// Lazy is a set of types that are read when first asked for.
func Lazy(read func() Loaded) *Set { return &Set{read: sync.OnceValue(read)} }

// Load reads the set if that was not done yet. Of nothing there is no Spec.
func (s *Set) Load() Loaded {
	if s == nil || s.read == nil {
		return Loaded{}
	}
	return s.read()
}

// Spec are the set's types, nil for none.
func (s *Set) Spec() *btf.Spec { return s.Load().Spec }

// ByID returns the type with the id, nil if there is none. Id 0 is void.
func (s *Set) ByID(id uint32) btf.Type {
	if s != nil && s.split != nil {
		return s.split.byID(id)
	}
	spec := s.Spec()
	if spec == nil {
		return nil
	}
	recent := &s.recent[id%uint32(len(s.recent))]
	if found := recent.Load(); found != nil && found.id == id {
		return found.t
	}
	t, err := spec.TypeByID(btf.TypeID(id))
	if err != nil {
		return nil
	}
	recent.Store(&byID{id, t})
	return t
}

// ID returns the id of a type of this set, 0 if it is void or of another set.
func (s *Set) ID(t btf.Type) uint32 {
	if s != nil && s.split != nil {
		return s.split.id(t)
	}
	spec := s.Spec()
	if spec == nil || t == nil {
		return 0
	}
	id, err := spec.TypeID(t)
	if err != nil {
		return 0
	}
	return uint32(id)
}

// Named returns all types of that name, none without a name.
func (s *Set) Named(name string) []btf.Type {
	if s != nil && s.split != nil {
		return s.split.named[name]
	}
	spec := s.Spec()
	if spec == nil || name == "" {
		return nil
	}
	list, err := spec.AnyTypesByName(name)
	if err != nil {
		return nil
	}
	return list
}

// Resolve skips typedefs, qualifiers and type tags.
func Resolve(t btf.Type) btf.Type { return btf.UnderlyingType(t) }

// Find returns the first type of kind T with that name and its id; the id is 0 where there is none.
// Kernels have several types of one name; like libbpf and the kernel we take the first.
func Find[T btf.Type](s *Set, name string) (uint32, T) {
	for _, t := range s.Named(name) {
		if t, ok := t.(T); ok {
			return s.ID(t), t
		}
	}
	var none T
	return 0, none
}

// FindStruct returns the struct of that name.
func (s *Set) FindStruct(name string) (uint32, *btf.Struct) { return Find[*btf.Struct](s, name) }

// FindFunc returns the function of that name.
func (s *Set) FindFunc(name string) (uint32, *btf.Func) { return Find[*btf.Func](s, name) }
