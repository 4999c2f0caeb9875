package object

import (
	"fmt"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// Limits of a kernel on a program's BTF.
const (
	btfMaxSize     = 16 << 20 // bytes
	btfMaxNameOff  = 0xffffff
	btfMaxName     = 512 // bytes of an identifier, with its NUL
	btfInfoMask    = 0x9f00ffff
	btfMaxModifers = 32 // qualifiers and typedefs in a row
	btfMaxIntBits  = 128
)

// checkBTF reports whether the kernel takes the object's BTF: 0, or the errno and why not.
func (l *linker) checkBTF() (abi.Errno, string) {
	if errno, why := l.obj.btf.accepted(l.model); errno != 0 {
		return errno, why
	}
	if errno := l.records.parseStructs(); errno != 0 {
		return errno, l.records.why
	}
	return 0, ""
}

// checkOwnTypes reports whether the kernel takes what a program needs of the object's BTF, of which it refuses
// the whole.
func (a *assembler) checkOwnTypes() error {
	var types btf.Builder
	for _, f := range a.funcs {
		if _, err := types.Add(a.l.obj.types.ByID(f.TypeID)); err != nil {
			return fail(abi.EINVAL, "prog '%s': load BTF: %v", a.prog.Name, err)
		}
	}
	if types.Empty() {
		return nil
	}
	raw, err := types.Marshal(nil, &btf.MarshalOptions{Order: le})
	if err != nil {
		return fail(abi.EINVAL, "prog '%s': load BTF: %v", a.prog.Name, err)
	}
	own, err := parseRawBTF(raw)
	if err != nil {
		return fail(abi.EINVAL, "prog '%s': load BTF: %v", a.prog.Name, err)
	}
	if errno, why := own.accepted(a.l.model); errno != 0 {
		return fail(errno, "prog '%s': load BTF: %v", a.prog.Name, why)
	}
	return nil
}

// accepted reports whether the kernel takes the BTF but for its special structs: 0, or the errno and why not.
func (b *rawBTF) accepted(k *kmodel.Model) (abi.Errno, string) {
	if size := btfHeaderSize + len(b.types) + len(b.strs); size > btfMaxSize {
		return abi.E2BIG, "the BTF is too large"
	}
	if len(b.types) == 0 {
		return abi.EINVAL, "No type found"
	}
	if len(b.strs)-1 > btfMaxNameOff {
		return abi.EINVAL, "Invalid string section"
	}
	c := btfChecker{b: b, k: k, state: make([]uint8, b.n())}
	for _, check := range []func(uint32) string{c.meta, c.refs, c.tags} {
		for id := uint32(1); id < b.n(); id++ {
			if why := check(id); why != "" {
				errno, ok := btfErrnos[why]
				if !ok {
					errno = abi.EINVAL
				}
				return errno, fmt.Sprintf("[%d] %s %s: %s", id, kindName(b.kind(id)), b.name(id), why)
			}
		}
	}
	return 0, ""
}

// What is wrong with BTF, where the errno is not EINVAL.
const (
	whyDeep     = "Exceeded max resolving depth:32"
	whyLoop     = "Loop detected"
	whyEncoding = "Unsupported encoding"
	whyChain    = "Max chain length or cycle detected"
)

var btfErrnos = map[string]abi.Errno{
	whyDeep: abi.E2BIG, whyLoop: abi.EEXIST, whyEncoding: abi.ENOTSUPP, whyChain: abi.ELOOP,
}

// btfChecker holds BTF against the kernel's rules. Each check returns what is
// wrong with a type, "" for nothing.
type btfChecker struct {
	b     *rawBTF
	k     *kmodel.Model
	state []uint8 // of a walk through references, by type id

	mode  resolveMode
	depth int
}

const (
	seenNot uint8 = iota
	seenOpen
	seenDone
)

// meta checks what a type says of itself: names, flags, sizes.
func (c *btfChecker) meta(id uint32) string {
	b := c.b
	kind := b.kind(id)
	if b.u32(id, 4)&^btfInfoMask != 0 {
		return "Invalid btf_info"
	}
	named := b.u32(id, 0) != 0
	validName := named && validIdentifier(b.name(id))
	switch kind {
	case kindInt, kindPtr, kindArray, kindFwd, kindTypedef, kindVolatile, kindConst, kindRestrict, kindVar, kindFloat, kindDeclTag, kindTypeTag:
		if b.vlen(id) != 0 {
			return "vlen != 0"
		}
	}
	switch kind {
	case kindStruct, kindUnion, kindEnum, kindEnum64, kindFwd, kindDeclTag, kindTypeTag:
	default:
		if b.kflag(id) {
			return "Invalid btf_info kind_flag"
		}
	}
	switch kind {
	case kindTypedef, kindFwd, kindFunc, kindVar:
		if !validName {
			return "Invalid name"
		}
	case kindStruct, kindUnion, kindEnum, kindEnum64:
		if named && !validName {
			return "Invalid name"
		}
	case kindPtr, kindVolatile, kindConst, kindRestrict, kindArray, kindFuncProto:
		if named {
			return "Invalid name"
		}
	case kindTypeTag, kindDeclTag:
		if b.name(id) == "" {
			return "Invalid name"
		}
	case kindDatasec:
		if !validSection(b.name(id)) {
			return "Invalid name"
		}
	}
	return c.metaOf(kind, id)
}

// metaOf are the checks of single kinds.
func (c *btfChecker) metaOf(kind int, id uint32) string {
	b := c.b
	size := b.typ(id)
	switch kind {
	case kindInt:
		return checkInt(b.u32(id, 12), size)
	case kindFwd, kindArray:
		if size != 0 {
			return "type != 0"
		}
		if kind == kindArray && (b.u32(id, 12) == 0 || b.u32(id, 16) == 0) {
			return "Invalid elem"
		}
	case kindStruct, kindUnion:
		return c.members(id, kind == kindUnion)
	case kindEnum, kindEnum64:
		if size > 8 || size == 0 || size&(size-1) != 0 {
			return "Unexpected size"
		}
		step := 8
		if kind == kindEnum64 {
			step = 12
		}
		for i := range b.vlen(id) {
			if !validIdentifier(b.str(b.u32(id, 12+step*i))) {
				return "Invalid name"
			}
		}
	case kindFunc:
		if b.vlen(id) > linkGlobal {
			return "Invalid func linkage"
		}
	case kindVar:
		if size == 0 {
			return "Invalid type_id"
		}
		if b.u32(id, 12) > linkGlobal {
			return "Linkage not supported"
		}
	case kindDatasec:
		return c.section(id)
	case kindFloat:
		if size != 2 && size != 4 && size != 8 && size != 12 && size != 16 {
			return "Invalid type_size"
		}
	case kindDeclTag:
		if int32(b.u32(id, 12)) < -1 {
			return "Invalid component_idx"
		}
	}
	return ""
}

func checkInt(data, size uint32) string {
	enc, off, bits := data>>24&0xf, data>>16&0xff, data&0xff
	switch {
	case data&^0x0fffffff != 0:
		return "Invalid int_data"
	case bits+off > btfMaxIntBits:
		return "nr_bits exceeds 128"
	case (bits+off+7)/8 > size:
		return "nr_bits exceeds type_size"
	case enc != 0 && enc != 1 && enc != 2 && enc != 4:
		return whyEncoding
	}
	return ""
}

func (c *btfChecker) members(id uint32, union bool) string {
	last := uint32(0)
	for i := range c.b.vlen(id) {
		m := c.b.member(id, i)
		switch {
		case c.b.u32(id, 12+12*i) != 0 && !validIdentifier(m.name):
			return "Invalid member name"
		case m.typ == 0:
			return "Invalid member type_id"
		case union && m.bitOff != 0, m.bitOff < last:
			return "Invalid member bits_offset"
		case (uint64(m.bitOff)+7)/8 > uint64(c.b.typ(id)):
			return "Member bits_offset exceeds its struct size"
		}
		last = m.bitOff
	}
	return ""
}

func (c *btfChecker) section(id uint32) string {
	size := c.b.typ(id)
	switch {
	case c.b.vlen(id) == 0 && !c.k.Has(kmodel.EmptySections):
		return "vlen == 0"
	case size == 0:
		return "size == 0"
	}
	end := uint64(0)
	for i := range c.b.vlen(id) {
		v := c.b.secVar(id, i)
		switch {
		case v.typ == 0:
			return "Invalid type_id"
		case uint64(v.offset) < end || v.offset >= size:
			return "Invalid offset"
		case v.size == 0 || v.size > size:
			return "Invalid size"
		}
		if end = uint64(v.offset) + uint64(v.size); end > uint64(size) {
			return "Invalid offset+size"
		}
	}
	return ""
}

// tags checks that type tags stand before other qualifiers in a chain, and that it ends.
func (c *btfChecker) tags(id uint32) string {
	b := c.b
	inTags := b.kind(id) == kindTypeTag
	for range btfMaxModifers + 1 {
		switch b.kind(id) {
		case kindTypeTag:
			if !inTags {
				return "Type tags don't precede modifiers"
			}
		case kindTypedef, kindVolatile, kindConst, kindRestrict:
			inTags = false
		default:
			return ""
		}
		id = b.typ(id)
	}
	return whyChain
}

func nameChar(c byte, first bool) bool {
	return c == '_' || c == '.' || c|0x20 >= 'a' && c|0x20 <= 'z' || !first && c >= '0' && c <= '9'
}

func validIdentifier(s string) bool {
	if s == "" || len(s) >= btfMaxName {
		return false
	}
	for i := range len(s) {
		if !nameChar(s[i], i == 0) {
			return false
		}
	}
	return true
}

func validSection(s string) bool {
	if s == "" || len(s) >= btfMaxName {
		return false
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}
