package kmodel

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// SpecialField returns the size and alignment of a type that has a meaning within map values and objects of
// programs; ok is false for types that are like any other to this kernel.
func (m *Model) SpecialField(name string) (kdata.SpecialField, bool) {
	if m.notes() {
		m.note("SpecialField", name)
	}
	return m.specialField(m.t.Fields, name)
}

// TaggedField is SpecialField for pointers, whose type tag makes them one.
func (m *Model) TaggedField(tag string) (kdata.SpecialField, bool) {
	if m.notes() {
		m.note("TaggedField", tag)
	}
	return m.specialField(m.t.Tags, tag)
}

func (m *Model) specialField(list []kdata.SpecialField, name string) (f kdata.SpecialField, ok bool) {
	i := slices.IndexFunc(list, func(f kdata.SpecialField) bool { return f.Name == name })
	if i < 0 || list[i].Feature != "" && !m.hasNamed(list[i].Feature) {
		return f, false
	}
	return list[i], true
}

// Destructor is the function that frees a kernel's object that a map owns, by the struct's name.
func (m *Model) Destructor(name string) (fn string, ok bool) {
	if m.notes() {
		m.note("Destructor", name)
	}
	if fn, ok = m.t.Destructors[name]; !ok {
		fn, ok = m.destructors[name]
	}
	return fn, ok
}

// RCUProtected reports a struct whose last reference is dropped only after an RCU grace period.
func (m *Model) RCUProtected(name string) bool {
	if m.notes() {
		m.note("RCUProtected", name)
	}
	return slices.Contains(m.t.RCUProtected, name)
}
