package object

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// BTF kinds, as in the info word of a type.
const (
	kindInt = iota + 1
	kindPtr
	kindArray
	kindStruct
	kindUnion
	kindEnum
	kindFwd
	kindTypedef
	kindVolatile
	kindConst
	kindRestrict
	kindFunc
	kindFuncProto
	kindVar
	kindDatasec
	kindFloat
	kindDeclTag
	kindTypeTag
	kindEnum64
	kindMax = kindEnum64
)

var kindNames = [...]string{
	"void", "int", "ptr", "array", "struct", "union", "enum", "fwd", "typedef", "volatile", "const",
	"restrict", "func", "func_proto", "var", "datasec", "float", "decl_tag", "type_tag", "enum64",
}

func kindName(kind int) string {
	if kind < len(kindNames) {
		return kindNames[kind]
	}
	return "unknown"
}

var le = binary.LittleEndian

// rawBTF is a BTF blob whose types can be changed in place, as a loader has to
// before a kernel takes it: sizes and offsets of data sections, linkage, externs.
type rawBTF struct {
	types []byte
	strs  string   // of which str gives parts
	offs  []uint32 // by type id; offs[0] is void's and unused

	named   map[string][]uint32 // ids by name, ascending
	tagged  map[uint32][]uint32 // declaration tags by the type they are on, ascending
	section map[uint32]uint32   // the first data section that lists a variable or function
}

const btfHeaderSize = 24

// parseRawBTF copies a blob and indexes its types.
func parseRawBTF(raw []byte) (*rawBTF, error) {
	if len(raw) < btfHeaderSize || le.Uint16(raw) != 0xeb9f || raw[2] != 1 || raw[3] != 0 {
		return nil, fail(abi.EINVAL, "BTF header is not valid")
	}
	hdr := uint64(le.Uint32(raw[4:]))
	if hdr < btfHeaderSize || hdr > uint64(len(raw)) {
		return nil, fail(abi.EINVAL, "BTF header length %d is not valid", hdr)
	}
	part := func(at int) ([]byte, bool) {
		off, n := uint64(le.Uint32(raw[at:])), uint64(le.Uint32(raw[at+4:]))
		if hdr+off+n > uint64(len(raw)) {
			return nil, false
		}
		return raw[hdr+off : hdr+off+n], true
	}
	types, ok1 := part(8)
	strs, ok2 := part(16)
	if !ok1 || !ok2 || le.Uint32(raw[8:])%4 != 0 {
		return nil, fail(abi.EINVAL, "BTF sections end outside the blob")
	}
	if len(strs) == 0 || strs[0] != 0 || strs[len(strs)-1] != 0 {
		return nil, fail(abi.EINVAL, "BTF string section is not valid")
	}
	b := &rawBTF{types: bytes.Clone(types), strs: string(strs), offs: []uint32{0}}
	for off := 0; off < len(b.types); {
		if len(b.types)-off < 12 {
			return nil, fail(abi.EINVAL, "BTF types are truncated")
		}
		b.offs = append(b.offs, uint32(off))
		n, ok := typeSize(le.Uint32(b.types[off+4:]))
		if !ok || n > len(b.types)-off {
			return nil, fail(abi.EINVAL, "BTF type [%d] is not valid", len(b.offs)-1)
		}
		off += n
	}
	if err := b.check(); err != nil {
		return nil, err
	}
	b.index()
	return b, nil
}

// index makes the tables that names, tags and variables are looked up in.
func (b *rawBTF) index() {
	b.named, b.tagged, b.section = map[string][]uint32{}, map[uint32][]uint32{}, map[uint32]uint32{}
	for id := uint32(1); id < b.n(); id++ {
		if b.u32(id, 0) != 0 {
			name := b.name(id)
			b.named[name] = append(b.named[name], id)
		}
		switch b.kind(id) {
		case kindDeclTag:
			b.tagged[b.typ(id)] = append(b.tagged[b.typ(id)], id)
		case kindDatasec:
			for i := range b.vlen(id) {
				if v := b.secVar(id, i).typ; b.section[v] == 0 {
					b.section[v] = id
				}
			}
		}
	}
}

// typeSize gives the bytes that a type with that info word takes.
func typeSize(info uint32) (int, bool) {
	kind, vlen := int(info>>24&0x1f), int(info&0xffff)
	switch kind {
	case kindPtr, kindFwd, kindTypedef, kindVolatile, kindConst, kindRestrict, kindFunc, kindFloat, kindTypeTag:
		return 12, true
	case kindInt, kindVar, kindDeclTag:
		return 16, true
	case kindArray:
		return 24, true
	case kindStruct, kindUnion, kindDatasec, kindEnum64:
		return 12 + 12*vlen, true
	case kindEnum, kindFuncProto:
		return 12 + 8*vlen, true
	}
	return 0, false
}

// check makes sure that every reference names a type and every name a string.
func (b *rawBTF) check() error {
	for id := uint32(1); id < b.n(); id++ {
		bad := func() error { return fail(abi.EINVAL, "BTF type [%d] refers to what is not there", id) }
		if !b.validString(b.u32(id, 0)) {
			return bad()
		}
		switch kind := b.kind(id); kind {
		case kindPtr, kindTypedef, kindVolatile, kindConst, kindRestrict, kindFunc, kindVar, kindDeclTag, kindTypeTag:
			if b.typ(id) >= b.n() {
				return bad()
			}
		case kindArray:
			if b.u32(id, 12) >= b.n() || b.u32(id, 16) >= b.n() {
				return bad()
			}
		case kindStruct, kindUnion:
			for i := range b.vlen(id) {
				if !b.validString(b.u32(id, 12+12*i)) || b.u32(id, 16+12*i) >= b.n() {
					return bad()
				}
			}
		case kindFuncProto:
			if b.typ(id) >= b.n() {
				return bad()
			}
			for i := range b.vlen(id) {
				if !b.validString(b.u32(id, 12+8*i)) || b.u32(id, 16+8*i) >= b.n() {
					return bad()
				}
			}
		case kindDatasec:
			for i := range b.vlen(id) {
				if b.u32(id, 12+12*i) >= b.n() {
					return bad()
				}
			}
		case kindEnum, kindEnum64:
			step := 8
			if kind == kindEnum64 {
				step = 12
			}
			for i := range b.vlen(id) {
				if !b.validString(b.u32(id, 12+step*i)) {
					return bad()
				}
			}
		}
		if b.kind(id) == kindFunc && b.kind(b.typ(id)) != kindFuncProto {
			return bad()
		}
	}
	return nil
}

func (b *rawBTF) validString(off uint32) bool { return uint64(off) < uint64(len(b.strs)) }

// n is one more than the last type id.
func (b *rawBTF) n() uint32 { return uint32(len(b.offs)) }

// u32 reads the word at byte at of a type; the type must exist.
func (b *rawBTF) u32(id uint32, at int) uint32 { return le.Uint32(b.types[int(b.offs[id])+at:]) }

func (b *rawBTF) set(id uint32, at int, v uint32) { le.PutUint32(b.types[int(b.offs[id])+at:], v) }

func (b *rawBTF) kind(id uint32) int {
	if id == 0 || id >= b.n() {
		return 0
	}
	return int(b.u32(id, 4) >> 24 & 0x1f)
}

func (b *rawBTF) vlen(id uint32) int   { return int(b.u32(id, 4) & 0xffff) }
func (b *rawBTF) kflag(id uint32) bool { return b.u32(id, 4)>>31 != 0 }

// typ is the type a pointer, typedef, qualifier, function, variable or tag refers to;
// of other kinds it is the size in bytes.
func (b *rawBTF) typ(id uint32) uint32 { return b.u32(id, 8) }

func (b *rawBTF) str(off uint32) string {
	if !b.validString(off) {
		return ""
	}
	text, _, _ := strings.Cut(b.strs[off:], "\x00")
	return text
}

func (b *rawBTF) name(id uint32) string {
	if id == 0 || id >= b.n() {
		return ""
	}
	return b.str(b.u32(id, 0))
}

// find returns the first type of that kind and name, 0 for none.
func (b *rawBTF) find(name string, kind int) uint32 {
	for _, id := range b.named[name] {
		if b.kind(id) == kind {
			return id
		}
	}
	return 0
}

// findAny returns the first type of that name, 0 for none.
func (b *rawBTF) findAny(name string) uint32 {
	if ids := b.named[name]; len(ids) > 0 {
		return ids[0]
	}
	return 0
}

// skip peels qualifiers, typedefs and type tags off.
func (b *rawBTF) skip(id uint32) uint32 {
	for range 64 {
		switch b.kind(id) {
		case kindTypedef, kindVolatile, kindConst, kindRestrict, kindTypeTag:
			id = b.typ(id)
		default:
			return id
		}
	}
	return 0
}

// size is the number of bytes a value of the type takes; ok is false where it has no size.
func (b *rawBTF) size(id uint32) (n uint64, ok bool) {
	elems := uint64(1)
	for range 32 {
		switch b.kind(id) {
		case kindInt, kindStruct, kindUnion, kindEnum, kindDatasec, kindFloat, kindEnum64:
			n = uint64(b.typ(id))
		case kindPtr:
			n = 8
		case kindTypedef, kindVolatile, kindConst, kindRestrict, kindVar, kindDeclTag, kindTypeTag:
			id = b.typ(id)
			continue
		case kindArray:
			if c := uint64(b.u32(id, 20)); c != 0 && elems > 0xffffffff/c {
				return 0, false
			}
			elems *= uint64(b.u32(id, 20))
			id = b.u32(id, 12)
			continue
		default:
			return 0, false
		}
		if n != 0 && elems > 0xffffffff/n {
			return 0, false
		}
		return n * elems, true
	}
	return 0, false
}

// align is the alignment of an integer, enum or array of them in bytes, 0 for other types.
func (b *rawBTF) align(id uint32) uint32 {
	for range 64 {
		switch id = b.skip(id); b.kind(id) {
		case kindInt, kindEnum, kindEnum64:
			return min(8, b.typ(id))
		case kindArray:
			id = b.u32(id, 12)
		default:
			return 0
		}
	}
	return 0
}

type rawMember struct {
	name     string
	typ      uint32
	bitOff   uint32
	bitfield uint32 // bits, 0 for none
}

func (b *rawBTF) member(id uint32, i int) rawMember {
	off := b.u32(id, 20+12*i)
	m := rawMember{name: b.str(b.u32(id, 12+12*i)), typ: b.u32(id, 16+12*i), bitOff: off}
	if b.kflag(id) {
		m.bitOff, m.bitfield = off&0xffffff, off>>24
	}
	return m
}

// secVar is one entry of a data section.
type secVar struct{ typ, offset, size uint32 }

func (b *rawBTF) secVar(id uint32, i int) secVar {
	return secVar{b.u32(id, 12+12*i), b.u32(id, 16+12*i), b.u32(id, 20+12*i)}
}

func (b *rawBTF) setSecVar(id uint32, i int, v secVar) {
	b.set(id, 12+12*i, v.typ)
	b.set(id, 16+12*i, v.offset)
	b.set(id, 20+12*i, v.size)
}

// addString appends a string unless it is there, and returns its offset.
func (b *rawBTF) addString(s string) uint32 {
	if i := strings.Index(b.strs, "\x00"+s+"\x00"); i >= 0 {
		return uint32(i + 1)
	}
	off := uint32(len(b.strs))
	b.strs += s + "\x00"
	return off
}

// addVar appends a variable and returns its id.
func (b *rawBTF) addVar(name string, linkage, typ uint32) uint32 {
	id := b.n()
	b.offs = append(b.offs, uint32(len(b.types)))
	off := b.addString(name)
	for _, w := range []uint32{off, kindVar << 24, typ, linkage} {
		b.types = le.AppendUint32(b.types, w)
	}
	return id
}

// blob encodes the types as a kernel takes them.
func (b *rawBTF) blob() []byte {
	out := make([]byte, btfHeaderSize, btfHeaderSize+len(b.types)+len(b.strs))
	le.PutUint16(out, 0xeb9f)
	out[2] = 1
	le.PutUint32(out[4:], btfHeaderSize)
	le.PutUint32(out[12:], uint32(len(b.types)))
	le.PutUint32(out[16:], uint32(len(b.types)))
	le.PutUint32(out[20:], uint32(len(b.strs)))
	return append(append(out, b.types...), b.strs...)
}

// spec decodes the types for those who only read them.
func (b *rawBTF) spec() (*btf.Spec, error) { return btf.LoadSpecFromReader(bytes.NewReader(b.blob())) }
