package kdata

import (
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// BTFWriter says which fields of kernel objects programs of one kind may store to.
type BTFWriter struct {
	// Structs are the objects that have such fields; all other stores are refused.
	Structs []string
	// Name is the struct whose members Fields are, and what messages call the object; the
	// struct's own name if "". Others have the same layout.
	Name string
	// Fields are members, as paths with dots. A trailing "+" allows stores that start
	// anywhere in the member, not only at its start.
	Fields []string
	// Silent stores are refused without a message; they may start anywhere.
	Silent bool
	// Whole objects may be overwritten.
	Whole bool
}

// Writable returns the bytes off..end of a struct that a store at off may touch; ok is
// false if none may start there.
func (w *BTFWriter) Writable(set *types.Set, id uint32, off int) (end int, ok bool) {
	s, isStruct := set.ByID(id).(*btf.Struct)
	if isStruct && w.Name != "" {
		_, s = set.FindStruct(w.Name)
	}
	if !isStruct || s == nil {
		return 0, false
	}
	if w.Whole {
		return int(s.Size), true
	}
	for _, path := range w.Fields {
		name, anywhere := strings.CutSuffix(path, "+")
		first, size, found := types.FindMember(s, name)
		if !found {
			continue
		}
		if off == first || (anywhere || w.Silent) && off >= first && off < first+size {
			return first + size, true
		}
	}
	return 0, false
}
