package kmodel

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// PointerMoves says by which distances arithmetic may move pointers of a type.
func (m *Model) PointerMoves(t abi.RegType) kdata.Move {
	if m.notes() {
		m.note("PointerMoves", t)
	}
	return m.index.moves[t.Base()]
}

// SockField finds the bytes of a socket's public struct that a load of size bytes at off may ask; ok is false where
// it is refused.
func (m *Model) SockField(t abi.RegType, off, size int) (f kdata.SockField, ok bool) {
	if m.notes() {
		m.note("SockField", t, off, size)
	}
	if off%size != 0 {
		return f, false
	}
	for _, f := range m.t.SockFields[t] {
		if off >= f.Off && off < f.End {
			return f, size <= f.Narrow || size == f.Whole
		}
	}
	return f, false
}

// FlowKeysSize is the size of a flow dissector's keys in bytes.
func (m *Model) FlowKeysSize() int {
	if m.notes() {
		m.note("FlowKeysSize")
	}
	return m.t.FlowKeysSize
}
