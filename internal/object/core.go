package object

import (
	"strconv"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// coreKind is the kind of a CO-RE relocation (enum bpf_core_relo_kind).
type coreKind uint32

const (
	coreFieldByteOffset coreKind = iota
	coreFieldByteSize
	coreFieldExists
	coreFieldSigned
	coreFieldLshift
	coreFieldRshift
	coreTypeIDLocal
	coreTypeIDTarget
	coreTypeExists
	coreTypeSize
	coreEnumvalExists
	coreEnumvalValue
	coreTypeMatches
)

func (k coreKind) field() bool { return k <= coreFieldRshift }
func (k coreKind) enum() bool  { return k == coreEnumvalExists || k == coreEnumvalValue }
func (k coreKind) onType() bool {
	return k >= coreTypeIDLocal && k <= coreTypeSize || k == coreTypeMatches
}

var coreKindNames = [...]string{
	"byte_off", "byte_sz", "field_exists", "signed", "lshift_u64", "rshift_u64", "local_type_id",
	"target_type_id", "type_exists", "type_size", "enumval_exists", "enumval_value", "type_matches",
}

func (k coreKind) String() string {
	if int(k) < len(coreKindNames) {
		return coreKindNames[k]
	}
	return "unknown"
}

// coreRelo is one CO-RE relocation as in .BTF.ext.
type coreRelo struct {
	insn   uint32 // in its section, in bytes
	typeID uint32
	access string
	kind   coreKind
}

func decodeCoreRelo(b *rawBTF, rec []byte) coreRelo {
	return coreRelo{le.Uint32(rec), le.Uint32(rec[4:]), b.str(le.Uint32(rec[8:])), coreKind(le.Uint32(rec[12:]))}
}

const coreMaxSpec = 64 // levels of an access, as in libbpf

// coreStep is one meaningful step of an access: a named member of a struct or an array element.
type coreStep struct {
	typ  btf.Type // the struct, or the element's type
	idx  int
	name string // empty for array elements
}

// coreSpec is an access understood: what the relocation's string means in one BTF.
type coreSpec struct {
	set    *types.Set
	rootID uint32
	kind   coreKind
	steps  []coreStep
	raw    int // levels, unnamed ones too
	bitOff uint32
}

// parseCoreSpec understands the access string in the program's own BTF.
func parseCoreSpec(set *types.Set, r coreRelo) (*coreSpec, bool) {
	if r.access == "" || r.access[0] == ':' {
		return nil, false
	}
	spec := &coreSpec{set: set, rootID: r.typeID, kind: r.kind}
	if r.kind.onType() {
		return spec, r.access == "0"
	}
	var path []int
	for _, part := range strings.Split(strings.TrimSuffix(r.access, ":"), ":") {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil || len(path) == coreMaxSpec {
			return nil, false
		}
		path = append(path, int(n))
	}
	spec.raw = len(path)
	t := types.Resolve(set.ByID(r.typeID))
	if r.kind.enum() {
		e, ok := t.(*btf.Enum)
		if !ok || len(path) != 1 || path[0] >= len(e.Values) {
			return nil, false
		}
		spec.steps = []coreStep{{t, path[0], e.Values[path[0]].Name}}
		return spec, true
	}
	if !r.kind.field() {
		return nil, false
	}
	size, err := btf.Sizeof(t)
	if err != nil {
		return nil, false
	}
	spec.steps = []coreStep{{t, path[0], ""}}
	spec.bitOff = uint32(path[0]) * uint32(size) * 8
	for _, idx := range path[1:] {
		switch v := t.(type) {
		case *btf.Struct, *btf.Union:
			members := membersOf(v)
			if idx >= len(members) {
				return nil, false
			}
			m := &members[idx]
			spec.bitOff += uint32(m.Offset)
			if m.Name != "" {
				spec.steps = append(spec.steps, coreStep{t, idx, m.Name})
			}
			t = types.Resolve(m.Type)
		case *btf.Array:
			t = types.Resolve(v.Type)
			if !spec.last().flexible(v) && uint32(idx) >= v.Nelems {
				return nil, false
			}
			size, err := btf.Sizeof(t)
			if err != nil {
				return nil, false
			}
			spec.steps = append(spec.steps, coreStep{t, idx, ""})
			spec.bitOff += uint32(idx) * uint32(size) * 8
		default:
			return nil, false
		}
	}
	return spec, true
}

func (s *coreSpec) last() *coreStep { return &s.steps[len(s.steps)-1] }

// flexible reports that arr is the open array at the end of the struct the step went through.
func (s *coreStep) flexible(arr *btf.Array) bool {
	return s.name != "" && arr.Nelems == 0 && s.idx == len(membersOf(s.typ))-1
}

// membersOf returns the members of a struct or union, nil for other types.
func membersOf(t btf.Type) []btf.Member {
	switch t := t.(type) {
	case *btf.Struct:
		return t.Members
	case *btf.Union:
		return t.Members
	}
	return nil
}

// essentialName cuts a "___flavor" off.
func essentialName(name string) string {
	for i := len(name) - 5; i >= 0; i-- {
		if name[i] != '_' && name[i+1:i+4] == "___" && name[i+4] != '_' {
			return name[:i+1]
		}
	}
	return name
}

// coreResult is what a relocation comes to.
type coreResult struct {
	orig, new         uint64
	poison            bool // no value can be given
	validate          bool // the instruction must hold orig
	badSize           bool // loads and stores can't be resized so
	origSize, newSize uint32
}

// coreValue computes one side of a relocation; spec is nil where the target was not found.
// poison is true where no value exists, ok false where the relocation makes no sense.
func coreValue(kind coreKind, spec *coreSpec) (val uint64, size uint32, typ btf.Type, validate, poison, ok bool) {
	switch {
	case kind == coreFieldExists || kind == coreEnumvalExists:
		if spec != nil {
			val = 1
		}
		return val, 0, nil, true, false, true
	case kind.onType():
		if spec == nil {
			return 0, 0, nil, true, false, true
		}
		switch kind {
		case coreTypeIDTarget:
			return uint64(spec.rootID), 0, nil, false, false, true
		case coreTypeExists, coreTypeMatches:
			return 1, 0, nil, true, false, true
		case coreTypeSize:
			n, err := btf.Sizeof(spec.set.ByID(spec.rootID))
			return uint64(n), 0, nil, true, false, err == nil
		}
		return 0, 0, nil, false, false, false
	case spec == nil:
		return 0, 0, nil, true, true, true
	case kind == coreEnumvalValue:
		step := spec.steps[0]
		e, isEnum := step.typ.(*btf.Enum)
		if !isEnum {
			return 0, 0, nil, false, false, false
		}
		val = e.Values[step.idx].Value
		if e.Size <= 4 {
			val = uint64(int64(int32(val))) // the kernel's enums of 32 bits count as signed here
		}
		return val, 0, nil, true, false, true
	}
	return coreField(kind, spec)
}

// coreField computes an offset, size, signedness or shift of a field.
func coreField(kind coreKind, spec *coreSpec) (val uint64, size uint32, typ btf.Type, validate, poison, ok bool) {
	step := spec.last()
	if step.name == "" {
		n, err := btf.Sizeof(step.typ)
		if err != nil {
			return 0, 0, nil, false, false, false
		}
		switch kind {
		case coreFieldByteOffset:
			return uint64(spec.bitOff / 8), uint32(n), step.typ, true, false, true
		case coreFieldByteSize:
			return uint64(n), 0, nil, true, false, true
		}
		return 0, 0, nil, false, false, false
	}
	m := &membersOf(step.typ)[step.idx]
	t := types.Resolve(m.Type)
	n, err := btf.Sizeof(t)
	if err != nil {
		return 0, 0, nil, false, false, false
	}
	bytes, bits := uint32(n), uint32(m.BitfieldSize)
	bitfield := bits > 0
	off := spec.bitOff / 8
	if bitfield {
		// The smallest aligned load that covers the bits.
		for {
			if bytes == 0 || bytes > 8 {
				return 0, 0, nil, false, false, false
			}
			off = spec.bitOff / 8 / bytes * bytes
			if spec.bitOff+bits-off*8 <= bytes*8 {
				break
			}
			bytes *= 2
		}
	} else {
		bits = bytes * 8
	}
	validate = !bitfield
	switch kind {
	case coreFieldByteOffset:
		val = uint64(off)
		if !bitfield {
			size, typ = bytes, t
		}
	case coreFieldByteSize:
		val = uint64(bytes)
	case coreFieldSigned:
		validate = true
		switch t := t.(type) {
		case *btf.Enum:
			val = b2u(t.Signed)
		case *btf.Int:
			val = b2u(t.Encoding&btf.Signed != 0)
		}
	case coreFieldLshift:
		val = uint64(64 - (spec.bitOff + bits - off*8))
	case coreFieldRshift:
		val, validate = uint64(64-bits), true
	}
	return val, size, typ, validate, false, true
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// calcCore puts both sides of a relocation together.
func calcCore(local, target *coreSpec) (coreResult, bool) {
	var r coreResult
	var origType, newType btf.Type
	var poison, ok bool
	r.orig, r.origSize, origType, r.validate, poison, ok = coreValue(local.kind, local)
	if !ok {
		return r, false
	}
	r.poison = poison
	if !poison {
		r.new, r.newSize, newType, _, poison, ok = coreValue(local.kind, target)
		if !ok {
			return r, false
		}
		r.poison = poison
	}
	if r.origSize != r.newSize && !r.poison {
		r.badSize = !resizable(origType, newType)
	}
	return r, true
}

// resizable: pointers and unsigned integers keep their value when a load's size changes.
func resizable(a, b btf.Type) bool {
	switch a := a.(type) {
	case *btf.Pointer:
		_, ok := b.(*btf.Pointer)
		return ok
	case *btf.Int:
		b, ok := b.(*btf.Int)
		return ok && a.Encoding != btf.Signed && b.Encoding != btf.Signed
	}
	return false
}
