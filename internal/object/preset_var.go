package object

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
)

// setVar sets a global variable.
type setVar struct {
	name  string // as given
	path  []accessor
	value rvalue
}

// accessor is one step to a part of a variable: a member, or an element.
type accessor struct {
	member string // of the first: the variable
	index  rvalue
	isElem bool
}

// rvalue is a number, or the name of an enumerator.
type rvalue struct {
	number int64
	name   string
}

var (
	varPart  = lazyregexp.New(`^\s*([a-zA-Z0-9_]+)\s*((?:\[\s*[a-zA-Z0-9_]+\s*\]\s*)*)$`)
	varIndex = lazyregexp.New(`\[\s*([a-zA-Z0-9_]+)\s*\]`)
)

// SetVar sets a global variable, or a part of one, as veristat's -G does: name may have members and elements,
// "cfg.ports[2]", value is a number or the name of an enumerator, or true or false for a bool.
func SetVar(name, value string) (Preset, error) {
	s := &setVar{name: strings.TrimSpace(name)}
	for part := range strings.SplitSeq(name, ".") {
		m := varPart().FindStringSubmatch(part)
		if m == nil {
			return nil, fail(abi.EINVAL, "%q names no variable: use NAME, NAME.MEMBER or NAME[INDEX]", s.name)
		}
		s.path = append(s.path, accessor{member: m[1]})
		for _, idx := range varIndex().FindAllStringSubmatch(m[2], -1) {
			v, err := parseRvalue(idx[1])
			if err != nil {
				return nil, err
			}
			s.path = append(s.path, accessor{index: v, isElem: true})
		}
	}
	var err error
	s.value, err = parseRvalue(strings.TrimSpace(value))
	return s, err
}

func parseRvalue(s string) (rvalue, error) {
	if s == "" || strings.ContainsAny(s, " \t") {
		return rvalue{}, fail(abi.EINVAL, "%q is no value: use a number or the name of an enumerator", s)
	}
	if s[0] != '-' && (s[0] < '0' || s[0] > '9') {
		return rvalue{name: s}, nil
	}
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil {
		var u uint64
		u, err = strconv.ParseUint(s, 0, 64)
		n = int64(u)
	}
	if err != nil {
		return rvalue{}, fail(abi.EINVAL, "%q is no number of 64 bits", s)
	}
	return rvalue{number: n}, nil
}

// variable is a global variable, or a part of one.
type variable struct {
	m    int // index of its map
	typ  uint32
	at   uint64
	size uint64
	// Of a bit field: its bits in the size bytes at at, as a number from its first.
	shift, bits uint64
}

func (s *setVar) apply(o *Object) (found bool, err error) {
	for name, v := range o.variables() {
		if name != s.path[0].member {
			continue
		}
		if found {
			return found, fail(abi.EINVAL, "variable '%s' is there more than once", name)
		}
		found = true
		whole := v
		for _, step := range s.path[1:] {
			if v, err = o.part(v, step); err != nil {
				return found, fail(abi.EINVAL, "%s: %v", s.name, err)
			}
		}
		if err := o.store(v, s.value); err != nil {
			return found, fail(abi.EINVAL, "%s: %v", s.name, err)
		}
		o.markSet(whole)
	}
	return found, nil
}

func (s *setVar) named() string { return s.path[0].member }

func (s *setVar) names(o *Object) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range o.variables() {
			if !yield(name) {
				return
			}
		}
	}
}

// variables are the global variables of the data sections, which user space may set.
func (o *Object) variables() iter.Seq2[string, variable] {
	return func(yield func(string, variable) bool) {
		for i, m := range o.maps {
			if m.real == "" || m.kind == mapKconfig || o.btf == nil || o.btf.kind(m.valueType) != kindDatasec {
				continue
			}
			for n := range o.btf.vlen(m.valueType) {
				v := o.btf.secVar(m.valueType, n)
				if o.btf.kind(v.typ) != kindVar {
					continue
				}
				if !yield(o.btf.name(v.typ), variable{m: i, typ: o.btf.skip(o.btf.typ(v.typ)), at: uint64(v.offset), size: uint64(v.size)}) {
					return
				}
			}
		}
	}
}

// part is the member or element of a variable that a step names.
func (o *Object) part(v variable, step accessor) (variable, error) {
	b := o.btf
	if !step.isElem {
		left := maxParts
		return o.memberOf(v, step.member, &left)
	}
	if b.kind(v.typ) != kindArray {
		return v, fail(abi.EINVAL, "it is no array")
	}
	idx := step.index.number
	if name := step.index.name; name != "" {
		var ok bool
		if idx, ok = o.anyEnumerator(name); !ok {
			return v, fail(abi.EINVAL, "no enumerator '%s'", name)
		}
	}
	if n := int64(b.u32(v.typ, 20)); idx < 0 || idx >= n {
		return v, fail(abi.EINVAL, "index %d is out of bounds [0, %d)", idx, n)
	}
	elem := b.u32(v.typ, 12)
	size, ok := b.size(elem)
	if !ok {
		return v, fail(abi.EINVAL, "its elements have no size")
	}
	return variable{m: v.m, typ: b.skip(elem), at: v.at + size*uint64(idx), size: size}, nil
}

// maxParts bounds the parts of a variable that are looked at: types may nest so that they are beyond counting.
const maxParts = 1 << 20

// memberOf finds a member by name, in unnamed structs and unions too, of which at most left are looked into.
func (o *Object) memberOf(v variable, name string, left *int) (variable, error) {
	b := o.btf
	if *left--; *left < 0 {
		return v, fail(abi.E2BIG, "its type has too many parts")
	}
	if k := b.kind(v.typ); k != kindStruct && k != kindUnion {
		return v, fail(abi.EINVAL, "no member '%s' in what is no struct or union", name)
	}
	for i := range b.vlen(v.typ) {
		f := b.member(v.typ, i)
		size, _ := b.size(f.typ)
		at := variable{m: v.m, typ: b.skip(f.typ), at: v.at + uint64(f.bitOff/8), size: size}
		if f.name == name {
			if f.bitfield != 0 {
				at.shift, at.bits = uint64(f.bitOff%8), uint64(f.bitfield)
				at.size = (at.shift + at.bits + 7) / 8
			}
			return at, nil
		}
		if k := b.kind(at.typ); f.name == "" && (k == kindStruct || k == kindUnion) {
			if inner, err := o.memberOf(at, name, left); err == nil {
				return inner, nil
			}
		}
	}
	return v, fail(abi.ESRCH, "no member '%s'", name)
}

// anyEnumerator is the value of an enumerator of any enum of the object.
func (o *Object) anyEnumerator(name string) (int64, bool) {
	for id := uint32(1); id < o.btf.n(); id++ {
		if v, ok := o.btf.enumerator(id, name); ok {
			return v, true
		}
	}
	return 0, false
}

// enumerator is the value of an enum's enumerator; ok is false where it has none of that name.
func (b *rawBTF) enumerator(id uint32, name string) (v int64, ok bool) {
	step := 12
	switch b.kind(id) {
	case kindEnum:
		step = 8
	case kindEnum64:
	default:
		return 0, false
	}
	for i := range b.vlen(id) {
		if b.str(b.u32(id, 12+step*i)) != name {
			continue
		}
		low := b.u32(id, 16+step*i)
		if step == 8 {
			return int64(int32(low)), true
		}
		return int64(uint64(b.u32(id, 20+step*i))<<32 | uint64(low)), true
	}
	return 0, false
}

// Encodings of integers, as bits of a byte of BTF.
const (
	intSigned = 1 << 0
	intBool   = 1 << 2
)

// encoding is how an integer type is encoded, 0 for other types.
func (b *rawBTF) encoding(id uint32) uint32 {
	if b.kind(id) != kindInt {
		return 0
	}
	return b.u32(id, 12) >> 24
}

// store puts a value into a variable.
func (o *Object) store(v variable, val rvalue) error {
	b, n := o.btf, val.number
	kind, isBool := b.kind(v.typ), b.encoding(v.typ)&intBool != 0
	isEnum := kind == kindEnum || kind == kindEnum64
	if kind != kindInt && !isEnum {
		return fail(abi.EINVAL, "it is no integer, bool or enum, and only those can be set")
	}
	if name := val.name; name != "" {
		var ok bool
		switch {
		case isEnum:
			n, ok = b.enumerator(v.typ, name)
		case isBool && (name == "true" || name == "false"):
			n, ok = int64(b2u(name == "true")), true
		}
		if !ok {
			return fail(abi.EINVAL, "'%s' is no value of type '%s'", name, b.name(v.typ))
		}
	}
	bits := v.size * 8
	if v.bits > 0 {
		bits = v.bits
	}
	whole := ^uint64(0) >> (64 - min(bits, 64)) << v.shift // the bits that are set
	if bits < 64 {
		signed := b.encoding(v.typ)&intSigned != 0 || isEnum && b.kflag(v.typ)
		if signed {
			bits--
		}
		if end := int64(1) << bits; n >= end || n < -end {
			low := int64(0)
			if signed {
				low = -end
			}
			return fail(abi.ERANGE, "%d is out of range [%d, %d]", n, low, end-1)
		}
	}
	data := o.writable(v.m)
	if v.size > 8 || v.at > uint64(len(data)) || v.size > uint64(len(data))-v.at {
		return fail(abi.EINVAL, "its place is outside its section")
	}
	for i := range v.size {
		mask := byte(whole >> (8 * i))
		data[v.at+i] = data[v.at+i]&^mask | byte(uint64(n)<<v.shift>>(8*i))&mask
	}
	return nil
}

// writable is the initial value of a data map, this object's own.
func (o *Object) writable(i int) []byte {
	m := o.maps[i]
	if !m.ownData {
		own := make([]byte, m.value)
		copy(own, m.data)
		m.data, m.ownData = own, true
	}
	return m.data
}

// markSet notes that a loader has set a constant.
func (o *Object) markSet(v variable) {
	for i := range o.constants[v.m] {
		if c := &o.constants[v.m][i]; c.at == v.at {
			c.set = true
		}
	}
}

// setAllBools makes every constant true that is a bool.
type setAllBools struct{}

// SetAllBools sets every constant to true that is a bool, or is made of bools.
func SetAllBools() Preset { return setAllBools{} }

func (setAllBools) apply(o *Object) (found bool, err error) {
	for _, v := range o.variables() {
		isHere := func(c constant) bool { return c.at == v.at }
		if !slices.ContainsFunc(o.constants[v.m], isHere) {
			continue
		}
		left := maxParts
		some, all := o.setBools(v, &left)
		if all {
			o.markSet(v)
		}
		found = found || some
	}
	return found, nil
}

// setBools makes true what is a bool in a variable, of which at most left parts are looked at, and says whether
// some or all of it is.
func (o *Object) setBools(v variable, left *int) (some, all bool) {
	b := o.btf
	if *left--; v.size == 0 || *left < 0 {
		return false, v.size == 0
	}
	all = true
	each := func(part variable) {
		s, a := o.setBools(part, left)
		some, all = some || s, all && a
	}
	switch b.kind(v.typ) {
	case kindArray:
		elem := b.u32(v.typ, 12)
		size, _ := b.size(elem)
		for at := uint64(0); size > 0 && at+size <= v.size; at += size {
			each(variable{m: v.m, typ: b.skip(elem), at: v.at + at, size: size})
		}
	case kindStruct:
		for i := range b.vlen(v.typ) {
			f := b.member(v.typ, i)
			if f.bitfield != 0 {
				all = false
				continue
			}
			size, _ := b.size(f.typ)
			each(variable{m: v.m, typ: b.skip(f.typ), at: v.at + uint64(f.bitOff/8), size: size})
		}
	default:
		if b.encoding(v.typ)&intBool == 0 || o.store(v, rvalue{number: 1}) != nil {
			return false, false
		}
		return true, true
	}
	return some, all && some
}

func (setAllBools) named() string                    { return "" }
func (setAllBools) names(o *Object) iter.Seq[string] { return func(func(string) bool) {} }
