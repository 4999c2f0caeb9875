package btfpack

import (
	"bytes"
	"encoding/binary"
	"slices"
)

var le = binary.LittleEndian

// table is BTF with the places of its strings and types.
type table struct {
	Blob
	starts []uint32 // where each string begins
	types  []uint32 // where each type begins; of void, id 0, it says nothing
}

func parseTable(raw []byte) (*table, error) {
	b, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	t := &table{Blob: b, types: []uint32{0}}
	for at := 0; at < len(b.Strings); {
		n := bytes.IndexByte(b.Strings[at:], 0)
		if n < 0 {
			return nil, ErrDamaged
		}
		t.starts = append(t.starts, uint32(at))
		at += n + 1
	}
	for at := 0; at < len(b.Types); {
		s, ok := shapeOf(b.Types[at:])
		if !ok {
			return nil, ErrDamaged
		}
		t.types = append(t.types, uint32(at))
		at += s.size()
	}
	return t, nil
}

// str is the string at a place, with the zero that ends it.
func (t *table) str(at uint32) []byte {
	n := bytes.IndexByte(t.Strings[at:], 0)
	return t.Strings[at : int(at)+n+1]
}

// ordinal is which of the strings begins at a place.
func (t *table) ordinal(at uint32) (uint32, bool) {
	i, ok := slices.BinarySearch(t.starts, at)
	return uint32(i), ok
}

// typ are the bytes of a type, and what they are.
func (t *table) typ(id uint32) ([]byte, shape) {
	s, _ := shapeOf(t.Types[t.types[id]:])
	return t.Types[t.types[id]:][:s.size()], s
}
