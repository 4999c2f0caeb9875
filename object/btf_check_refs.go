package object

import "strconv"

// refs checks what a type refers to.
func (c *btfChecker) refs(id uint32) string {
	b := c.b
	switch kind := b.kind(id); kind {
	case kindPtr, kindTypedef, kindVolatile, kindConst, kindRestrict, kindTypeTag:
		if c.endless(id) {
			return "Loop detected"
		}
		end := b.skip(b.typ(id))
		if c.sized(end) {
			return ""
		}
		if k := b.kind(end); k != 0 && k != kindFwd && k != kindFuncProto {
			return "Invalid type_id"
		}
	case kindArray:
		return c.array(id)
	case kindStruct, kindUnion:
		if c.containsItself(id) {
			return "Loop detected"
		}
		for i := range b.vlen(id) {
			if why := c.member(id, b.member(id, i)); why != "" {
				return why
			}
		}
	case kindVar:
		if !c.sized(b.skip(b.typ(id))) {
			return "Invalid type_id"
		}
	case kindDatasec:
		for i := range b.vlen(id) {
			v := b.secVar(id, i)
			if b.kind(v.typ) != kindVar {
				return "Not a VAR kind member"
			}
			if size, ok := b.size(v.typ); !ok || uint64(v.size) < size {
				return "Invalid size"
			}
		}
	case kindFunc:
		proto := b.typ(id)
		if b.kind(proto) != kindFuncProto {
			return "Invalid type_id"
		}
		for i := range b.vlen(proto) {
			if b.u32(proto, 12+8*i) == 0 && b.u32(proto, 16+8*i) != 0 {
				return argument(i)
			}
		}
	case kindFuncProto:
		return c.proto(id)
	case kindDeclTag:
		return c.declTag(id)
	}
	return ""
}

func argument(i int) string { return "Invalid arg#" + strconv.Itoa(i+1) }

// sized: a value of the type has a size; qualifiers must have been skipped.
func (c *btfChecker) sized(id uint32) bool {
	switch c.b.kind(id) {
	case kindInt, kindPtr, kindArray, kindStruct, kindUnion, kindEnum, kindFloat, kindEnum64:
		return true
	}
	return false
}

// endless: pointers and qualifiers in a row never end.
func (c *btfChecker) endless(id uint32) bool {
	var path []uint32
	for c.state[id] == seenNot {
		switch c.b.kind(id) {
		case kindPtr, kindTypedef, kindVolatile, kindConst, kindRestrict, kindTypeTag:
			c.state[id] = seenOpen
			path = append(path, id)
			id = c.b.typ(id)
			continue
		}
		break
	}
	loop := c.state[id] == seenOpen && len(path) > 0 && !c.composite(id)
	for _, p := range path {
		c.state[p] = seenDone
	}
	return loop
}

func (c *btfChecker) composite(id uint32) bool {
	k := c.b.kind(id)
	return k == kindStruct || k == kindUnion
}

// containsItself: a struct or array lies within itself. It recurses as deep as
// types nest, within the kernel's limit.
func (c *btfChecker) containsItself(id uint32) bool { return c.within(id, 0) }

const maxNesting = 4096

func (c *btfChecker) within(id uint32, depth int) bool {
	b := c.b
	id = b.skip(id)
	for b.kind(id) == kindArray && depth < maxNesting {
		id = b.skip(b.u32(id, 12))
		depth++
	}
	if k := b.kind(id); k != kindStruct && k != kindUnion || c.state[id] == seenDone {
		return depth >= maxNesting
	}
	if c.state[id] == seenOpen || depth >= maxNesting {
		return true
	}
	c.state[id] = seenOpen
	for i := range b.vlen(id) {
		if c.within(b.u32(id, 16+12*i), depth+1) {
			return true
		}
	}
	c.state[id] = seenDone
	return false
}

// regularInt: an integer of whole bytes without an offset.
func (c *btfChecker) regularInt(id uint32) bool {
	data := c.b.u32(id, 12)
	bits := data & 0xff
	switch bits {
	case 8, 16, 32, 64, 128:
		return data>>16&0xff == 0 && bits/8 == c.b.typ(id)
	}
	return false
}

func (c *btfChecker) array(id uint32) string {
	b := c.b
	index, elem := b.skip(b.u32(id, 16)), b.skip(b.u32(id, 12))
	if b.kind(index) != kindInt || !c.regularInt(index) {
		return "Invalid index"
	}
	if !c.sized(elem) {
		return "Invalid elem"
	}
	if b.kind(elem) == kindInt && !c.regularInt(elem) {
		return "Invalid array of int"
	}
	if _, ok := b.size(id); !ok {
		return "Array size overflows U32_MAX"
	}
	return ""
}

// member checks that a member has a size and lies within its struct.
func (c *btfChecker) member(id uint32, m rawMember) string {
	b := c.b
	t := b.skip(m.typ)
	if !c.sized(t) {
		return "Invalid member"
	}
	space := uint64(b.typ(id)) * 8
	kind := b.kind(t)
	switch {
	case kind == kindInt:
		return c.intMember(id, t, m)
	case b.kflag(id) && (kind == kindEnum || kind == kindEnum64):
		bits := uint64(m.bitfield)
		if bits == 0 {
			bits = 32
		}
		switch {
		case m.bitfield == 0 && m.bitOff%8 != 0:
			return "Member is not byte aligned"
		case bits > 32:
			return "Invalid member bitfield_size"
		case (uint64(m.bitOff)+bits+7)/8*8 > space:
			return "Member exceeds struct_size"
		}
		return ""
	case m.bitfield != 0:
		return "Invalid member bitfield_size"
	case kind == kindFloat:
		if m.bitOff%(8*min(8, b.typ(t))) != 0 {
			return "Member is not properly aligned"
		}
	case m.bitOff%8 != 0:
		return "Member is not byte aligned"
	}
	size, ok := b.size(t)
	if !ok || uint64(m.bitOff)+size*8 > space {
		return "Member exceeds struct_size"
	}
	return ""
}

func (c *btfChecker) intMember(id, t uint32, m rawMember) string {
	b := c.b
	data := b.u32(t, 12)
	off, bits := uint64(m.bitOff)+uint64(data>>16&0xff), uint64(data&0xff)
	if b.kflag(id) {
		off = uint64(m.bitOff)
		switch {
		case !c.regularInt(t):
			return "Invalid member base type"
		case m.bitfield == 0 && off%8 != 0:
			return "Invalid member offset"
		case uint64(m.bitfield) > bits:
			return "Invalid member bitfield_size"
		case m.bitfield != 0:
			bits = uint64(m.bitfield)
		}
	}
	if bits+off%8 > btfMaxIntBits {
		return "nr_copy_bits exceeds 128"
	}
	if off/8+(bits+off%8+7)/8 > uint64(b.typ(id)) {
		return "Member exceeds struct_size"
	}
	return ""
}

func (c *btfChecker) proto(id uint32) string {
	b := c.b
	if ret := b.typ(id); ret != 0 && !c.sized(b.skip(ret)) {
		return "Invalid return type"
	}
	n := b.vlen(id)
	if n > 0 && b.u32(id, 16+8*(n-1)) == 0 {
		if b.u32(id, 12+8*(n-1)) != 0 {
			return argument(n - 1)
		}
		n-- // variable arguments
	}
	for i := range n {
		name := b.u32(id, 12+8*i)
		if !c.sized(b.skip(b.u32(id, 16+8*i))) || name != 0 && !validIdentifier(b.str(name)) {
			return argument(i)
		}
	}
	return ""
}

func (c *btfChecker) declTag(id uint32) string {
	b := c.b
	on, idx := b.typ(id), int32(b.u32(id, 12))
	most := 0
	switch b.kind(on) {
	case kindFunc:
		most = b.vlen(b.typ(on))
	case kindStruct, kindUnion:
		most = b.vlen(on)
	case kindVar, kindTypedef:
	default:
		return "Invalid type_id"
	}
	if idx != -1 && int(idx) >= most {
		return "Invalid component_idx"
	}
	return ""
}
