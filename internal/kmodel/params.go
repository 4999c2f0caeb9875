package kmodel

import (
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// ParamMarks are what a parameter of a kernel function is marked as by its name.
func (m *Model) ParamMarks(name string) kdata.ParamMark {
	if m.notes() {
		m.note("ParamMarks", name)
	}
	marks := m.t.ParamNames[name]
	for suffix, mark := range m.t.Suffixes {
		if strings.HasSuffix(name, suffix) {
			marks |= mark
		}
	}
	return marks
}

// PointeeMark is what a parameter of a kernel function is marked as by the struct that it points to.
func (m *Model) PointeeMark(name string) kdata.ParamMark {
	if m.notes() {
		m.note("PointeeMark", name)
	}
	return m.t.Pointees[name]
}

// FuncTag is the meaning of a global function's "arg:" tag, 0 for one that the kernel doesn't know.
func (m *Model) FuncTag(tag string) kdata.FuncTag {
	if m.notes() {
		m.note("FuncTag", tag)
	}
	return m.t.FuncTags[tag]
}

// Projection is the kernel's struct behind one that programs see as their context, "" if there is none.
func (m *Model) Projection(user string) string {
	if m.notes() {
		m.note("Projection", user)
	}
	return m.t.Projections[user]
}
