package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/trace"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// pointee names what a pointer points to, as the types of the program or the kernel have it: a global variable, or a
// member of a map's value or of an object; "" where they don't tell.
func (s *story) pointee(v trace.Value) string {
	t, off := s.pointsAt(v)
	if t == nil {
		return ""
	}
	return strings.TrimPrefix(memberAt(t, off, 0), ".")
}

// pointsAt is the type that a pointer points into, and how many bytes; nil where that is not known. Where a number that is
// not known moves the pointer, it is as far as it points at least.
func (s *story) pointsAt(v trace.Value) (btf.Type, int) {
	off := v.Off
	switch sc := &v.Scalar; {
	case sc.Var.IsConst():
		off += int(int64(sc.Var.Value))
	case sc.Smin != math.MinInt64:
		off += int(sc.Smin)
	}
	switch m := s.mapOf(v); {
	case m != nil && v.Type.Base() == abi.PTR_TO_MAP_VALUE && m.BTF != nil && m.ValueTypeID != 0:
		return m.BTF.ByID(m.ValueTypeID), off
	case v.Type.Base() == abi.PTR_TO_BTF_ID:
		return s.typeIn(v.Set, v.TypeID), off
	}
	return nil, 0
}

// mapOf is the map that a value belongs to, nil for none.
func (s *story) mapOf(v trace.Value) *object.Map {
	if v.Map < 0 || v.Map >= len(s.Image.Maps) {
		return nil
	}
	return s.Image.Maps[v.Map]
}

// globals is the section of global variables that is a map's value, "" for another map.
func globals(m *object.Map) string {
	if m == nil || m.BTF == nil || m.ValueTypeID == 0 {
		return ""
	}
	if sec, ok := m.BTF.ByID(m.ValueTypeID).(*btf.Datasec); ok {
		return sec.Name
	}
	return ""
}

// memberAt is how C names what is at an offset of a type: ".lock", "[3].next", or ".var" of a section; "" for the whole.
func memberAt(t btf.Type, off, depth int) string {
	const deepest = 8
	if off < 0 || depth > deepest {
		return ""
	}
	var members []btf.Member
	switch t := types.Resolve(t).(type) {
	case *btf.Datasec:
		for _, v := range t.Vars {
			if at := int(v.Offset); at <= off && off < at+int(v.Size) {
				if v, ok := v.Type.(*btf.Var); ok {
					return "." + v.Name + memberAt(v.Type, off-at, depth+1)
				}
			}
		}
		return ""
	case *btf.Array:
		size, ok := types.SizeOf(t.Type)
		if !ok || size == 0 || off >= size*int(t.Nelems) {
			return ""
		}
		inner := memberAt(t.Type, off%size, depth+1)
		if off < size && (depth == 0 || inner == "") { // no index where there is none in the source
			return inner
		}
		return fmt.Sprintf("[%d]", off/size) + inner
	case *btf.Struct:
		members = t.Members
	case *btf.Union:
		members = t.Members
	}
	for _, m := range members {
		size, ok := types.SizeOf(m.Type)
		if at := int(m.Offset.Bytes()); ok && at <= off && off < at+size && (off > 0 || special(m.Type)) {
			inner := memberAt(m.Type, off-at, depth+1)
			if m.Name == "" {
				return inner
			}
			return "." + m.Name + inner
		}
	}
	return ""
}

// special reports a type of the kernel's, such as a lock or list, which is what is meant where one begins an object.
func special(t btf.Type) bool { return strings.HasPrefix(types.Name(t), "bpf_") }

// typeWords are what the kernel's names of register types mean.
var typeWords = map[string]string{
	"map_ptr": "a map", "map_value": "a value of a map", "map_key": "a key of a map", "mem": "memory", "scalar": "a number",
	"ringbuf_mem": "a ring buffer record", "trusted_ptr_": "a trusted pointer to a kernel object", "dynptr_ptr": "a dynptr",
}

// wantedTypes says which types of registers a list of the kernel's names means: "fp, dynptr_ptr".
func wantedTypes(list string) string {
	var words []string
	for _, name := range strings.Split(list, ", ") {
		w := typeWords[name]
		for base, bare := range bareNames {
			if base.String() == name {
				w = bare
			}
		}
		switch {
		case w != "":
		case strings.HasPrefix(name, "percpu_"):
			w = "a per-CPU pointer"
		case strings.HasSuffix(name, "ptr_"):
			w = typeWords["trusted_ptr_"]
		default:
			w = name
		}
		if !slices.Contains(words, w) {
			words = append(words, w)
		}
	}
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
	}
	return words[0]
}
