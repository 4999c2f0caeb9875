package object

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// mapParser reads a map's definition out of the BTF of a struct, whose members'
// types carry the values.
type mapParser struct {
	b       *rawBTF
	m       *mapDef
	loader  *Loader
	name    string
	isInner bool
}

func (p *mapParser) bad(format string, args ...any) error {
	return fail(abi.EINVAL, "map '%s': "+format, append([]any{p.name}, args...)...)
}

func (p *mapParser) parse(def uint32) error {
	b, m := p.b, p.m
	n := b.vlen(def)
	for i := range n {
		f := b.member(def, i)
		var err error
		switch f.name {
		case "type":
			var v uint32
			v, err = p.number(f)
			m.typ = abi.MapType(v)
		case "max_entries":
			m.entries, err = p.number(f)
		case "map_flags":
			m.flags, err = p.number(f)
		case "numa_node":
			_, err = p.number(f)
		case "key_size":
			err = p.size(f, "key", &m.key)
		case "value_size":
			err = p.size(f, "value", &m.value)
		case "key":
			err = p.typed(f, "key", &m.key, &m.keyType)
		case "value":
			err = p.typed(f, "value", &m.value, &m.valueType)
		case "values":
			err = p.values(f, i == n-1)
		case "pinning":
			err = p.pinning(f)
		case "map_extra":
			m.extra, err = p.long(f)
		default:
			if p.loader.does(ruleUnknownFields) {
				continue
			}
			err = refuse(ruleUnknownFields, abi.EOPNOTSUPP, "map '%s': unknown field '%s'.", p.name, f.name)
		}
		if err != nil {
			return err
		}
	}
	if m.typ == abi.MAP_TYPE_UNSPEC {
		return p.bad("map type isn't specified.")
	}
	if ringbuf(m.typ) {
		m.entries = ringbufSize(m.entries)
	}
	return nil
}

// number reads a value coded as the length of an array that a pointer points to.
func (p *mapParser) number(f rawMember) (uint32, error) {
	b := p.b
	t := b.skip(f.typ)
	if b.kind(t) != kindPtr {
		return 0, p.bad("attr '%s': expected PTR, got %s.", f.name, kindName(b.kind(t)))
	}
	arr := b.typ(t)
	if b.kind(arr) != kindArray {
		return 0, p.bad("attr '%s': expected ARRAY, got %s.", f.name, kindName(b.kind(arr)))
	}
	return b.u32(arr, 20), nil
}

// long reads a number, or one of 64 bits coded as the only value of an enum.
func (p *mapParser) long(f rawMember) (uint64, error) {
	b := p.b
	t := b.skip(f.typ)
	switch b.kind(t) {
	case kindPtr:
		v, err := p.number(f)
		return uint64(v), err
	case kindEnum, kindEnum64:
		if b.vlen(t) != 1 {
			return 0, p.bad("attr '%s': invalid __ulong", f.name)
		}
		if b.kind(t) == kindEnum {
			return uint64(int64(int32(b.u32(t, 16)))), nil
		}
		return uint64(b.u32(t, 16)) | uint64(b.u32(t, 20))<<32, nil
	}
	return 0, p.bad("attr '%s': expected ENUM or ENUM64, got %s.", f.name, kindName(b.kind(t)))
}

func (p *mapParser) size(f rawMember, what string, dst *uint32) error {
	v, err := p.number(f)
	if err != nil {
		return err
	}
	if *dst != 0 && *dst != v {
		return p.bad("conflicting %s size %d != %d.", what, *dst, v)
	}
	*dst = v
	return nil
}

// typed reads a key or value given by its type.
func (p *mapParser) typed(f rawMember, what string, dst, typ *uint32) error {
	b := p.b
	if b.kind(f.typ) != kindPtr {
		return p.bad("%s spec is not PTR: %s.", what, kindName(b.kind(f.typ)))
	}
	t := b.typ(f.typ)
	size, ok := b.size(t)
	if !ok {
		return p.bad("can't determine %s size for type [%d]: -22.", what, t)
	}
	if *dst != 0 && uint64(*dst) != size {
		return p.bad("conflicting %s size %d != %d.", what, *dst, size)
	}
	*dst, *typ = uint32(size), t
	return nil
}

// values reads the inner map of a map-in-map, or the functions of a program array.
func (p *mapParser) values(f rawMember, last bool) error {
	b, m := p.b, p.m
	progs := m.typ == abi.MAP_TYPE_PROG_ARRAY
	what := "map-in-map inner"
	if !mapInMap(m.typ) {
		what = "prog-array value"
	}
	switch {
	case p.isInner:
		return fail(abi.EOPNOTSUPP, "map '%s': multi-level inner maps not supported.", p.name)
	case !last:
		return p.bad("'%s' member should be last.", f.name)
	case !mapInMap(m.typ) && !progs:
		return fail(abi.EOPNOTSUPP, "map '%s': should be map-in-map or prog-array.", p.name)
	case m.value != 0 && m.value != 4:
		return p.bad("conflicting value size %d != 4.", m.value)
	}
	m.value = 4
	if b.kind(f.typ) != kindArray || b.u32(f.typ, 20) != 0 {
		return p.bad("%s spec is not a zero-sized array.", what)
	}
	t := b.skip(b.u32(f.typ, 12))
	if b.kind(t) != kindPtr {
		return p.bad("%s def is of unexpected kind %s.", what, kindName(b.kind(t)))
	}
	t = b.skip(b.typ(t))
	if progs {
		if b.kind(t) != kindFuncProto {
			return p.bad("prog-array value def is of unexpected kind %s.", kindName(b.kind(t)))
		}
		return nil
	}
	if b.kind(t) != kindStruct {
		return p.bad("map-in-map inner def is of unexpected kind %s.", kindName(b.kind(t)))
	}
	m.inner = &mapDef{name: p.name + ".inner", section: m.section, create: true}
	inner := mapParser{b: b, m: m.inner, loader: p.loader, name: p.name + ".inner", isInner: true}
	return inner.parse(t)
}

func (p *mapParser) pinning(f rawMember) error {
	if p.isInner {
		return p.bad("inner def can't be pinned.")
	}
	v, err := p.number(f)
	if err != nil {
		return err
	}
	if v > 1 && !p.loader.does(rulePinning) {
		return refuse(rulePinning, abi.EINVAL, "map '%s': invalid pinning value %d.", p.name, v)
	}
	p.m.pinned = v == 1
	return nil
}

// ringbufSize rounds up to a page times a power of two, as a ring buffer has to be.
func ringbufSize(n uint32) uint32 {
	const page = 4096
	if n == 0 || n%page == 0 && n/page&(n/page-1) == 0 {
		return n
	}
	for mul := uint32(1); mul <= math.MaxUint32/page; mul <<= 1 {
		if mul*page > n {
			return mul * page
		}
		if mul > math.MaxUint32/page/2 {
			break
		}
	}
	return n
}
