package object

import "strconv"

// resolveMode is what a walk through references stops at: a pointer's need not go
// into what it points to, and a struct's not into what its pointers point to.
type resolveMode uint8

const (
	resolveAny resolveMode = iota
	resolvePtr
	resolveValue
)

const btfMaxResolve = 32 // types that one reference leads through

// refs checks what a type refers to.
func (c *btfChecker) refs(id uint32) string {
	if c.needsResolve(id) && c.state[id] != seenDone {
		if why := c.resolve(id); why != "" {
			return why
		}
	}
	if c.b.kind(id) == kindFuncProto {
		return c.proto(id)
	}
	return ""
}

func (c *btfChecker) needsResolve(id uint32) bool {
	switch c.b.kind(id) {
	case kindPtr, kindArray, kindStruct, kindUnion, kindVar, kindDatasec, kindFunc, kindDeclTag:
		return true
	}
	return c.modifier(id)
}

func (c *btfChecker) modifier(id uint32) bool {
	switch c.b.kind(id) {
	case kindTypedef, kindVolatile, kindConst, kindRestrict, kindTypeTag:
		return true
	}
	return false
}

// sink: the walk does not go into the type.
func (c *btfChecker) sink(id uint32) bool {
	switch k := c.b.kind(id); c.mode {
	case resolvePtr:
		return !c.modifier(id) && k != kindPtr
	case resolveValue:
		return !c.modifier(id) && k != kindArray && k != kindStruct && k != kindUnion
	}
	return !c.needsResolve(id)
}

// resolve walks through all that a type refers to.
func (c *btfChecker) resolve(id uint32) string {
	c.mode, c.depth = resolveAny, 0
	return c.enter(id)
}

func (c *btfChecker) follow(id uint32) string {
	if c.sink(id) || c.state[id] == seenDone {
		return ""
	}
	return c.enter(id)
}

func (c *btfChecker) enter(id uint32) string {
	if c.depth == btfMaxResolve {
		return whyDeep
	}
	if c.state[id] == seenOpen {
		return whyLoop
	}
	c.state[id] = seenOpen
	c.depth++
	if c.mode == resolveAny {
		switch c.b.kind(id) {
		case kindPtr:
			c.mode = resolvePtr
		case kindStruct, kindUnion, kindArray:
			c.mode = resolveValue
		}
	}
	if why := c.visit(id); why != "" {
		return why
	}
	c.depth--
	c.state[id] = seenDone
	return ""
}

// visit follows a type's references and checks them.
func (c *btfChecker) visit(id uint32) string {
	b := c.b
	switch b.kind(id) {
	case kindArray:
		return c.array(id)
	case kindStruct, kindUnion:
		for i := range b.vlen(id) {
			if why := c.member(id, b.member(id, i)); why != "" {
				return why
			}
		}
	case kindDatasec:
		return c.sectionVars(id)
	case kindFunc:
		proto := b.typ(id)
		for i := range b.vlen(proto) {
			if b.u32(proto, 12+8*i) == 0 && b.u32(proto, 16+8*i) != 0 {
				return argument(i)
			}
		}
	case kindDeclTag:
		return c.declTag(id)
	default:
		return c.reference(id)
	}
	return ""
}

// reference checks a pointer, qualifier, typedef or variable.
func (c *btfChecker) reference(id uint32) string {
	b := c.b
	next := b.typ(id)
	if c.sourceOnly(next) {
		return "Invalid type_id"
	}
	if why := c.follow(next); why != "" {
		return why
	}
	if k := b.kind(id); (k == kindPtr || k == kindVar) && c.modifier(next) {
		// Qualifiers within a struct were only followed to a pointer.
		end := next
		for c.modifier(end) {
			end = b.typ(end)
		}
		if b.kind(end) == kindPtr {
			if why := c.follow(end); why != "" {
				return why
			}
		}
	}
	end := b.skip(next)
	if c.sized(end) {
		return ""
	}
	switch k := b.kind(end); {
	case b.kind(id) == kindVar:
	case k == 0, k == kindFwd, k == kindFuncProto, k == kindFunc && c.state[end] == seenDone:
		return ""
	}
	return "Invalid type_id"
}

// sourceOnly: types that no other refers to, but as tags and sections do.
func (c *btfChecker) sourceOnly(id uint32) bool {
	k := c.b.kind(id)
	return k == kindVar || k == kindDeclTag || k == kindDatasec
}

// sectionVars checks a section's variables. Like the kernel it asks for the size
// of those only that come before the section.
func (c *btfChecker) sectionVars(id uint32) string {
	b := c.b
	c.mode = resolveAny
	for i := range b.vlen(id) {
		v := b.secVar(id, i)
		if b.kind(v.typ) != kindVar {
			return "Not a VAR kind member"
		}
		if !c.sink(v.typ) && c.state[v.typ] != seenDone {
			if why := c.enter(v.typ); why != "" {
				return why
			}
			c.mode = resolveAny
			continue
		}
		if size, ok := b.size(v.typ); !ok || uint64(v.size) < size {
			return "Invalid size"
		}
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

// regularInt: an integer of whole bytes without an offset.
func (c *btfChecker) regularInt(id uint32) bool {
	data := c.b.u32(id, 12)
	bits := data & 0xff
	switch bits {
	case 8, 16, 32, 64, 128:
		return data>>16&0xff == 0
	}
	return false
}

func (c *btfChecker) array(id uint32) string {
	b := c.b
	index, elem := b.u32(id, 16), b.u32(id, 12)
	if c.sourceOnly(index) {
		return "Invalid index"
	}
	if why := c.follow(index); why != "" {
		return why
	}
	if index = b.skip(index); b.kind(index) != kindInt || !c.regularInt(index) {
		return "Invalid index"
	}
	if c.sourceOnly(elem) {
		return "Invalid elem"
	}
	if why := c.follow(elem); why != "" {
		return why
	}
	if elem = b.skip(elem); !c.sized(elem) {
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
	if c.sourceOnly(m.typ) {
		return "Invalid member"
	}
	if why := c.follow(m.typ); why != "" {
		return why
	}
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
	if ret := b.typ(id); ret != 0 {
		if c.sourceOnly(ret) {
			return "Invalid return type"
		}
		if why := c.value(ret); why != "" {
			return why
		}
		if !c.sized(b.skip(ret)) {
			return "Invalid return type"
		}
	}
	n := b.vlen(id)
	if n > 0 && b.u32(id, 16+8*(n-1)) == 0 {
		if b.u32(id, 12+8*(n-1)) != 0 {
			return argument(n - 1)
		}
		n-- // variable arguments
	}
	for i := range n {
		name, typ := b.u32(id, 12+8*i), b.u32(id, 16+8*i)
		if c.sourceOnly(typ) || name != 0 && !validIdentifier(b.str(name)) {
			return argument(i)
		}
		if why := c.value(typ); why != "" {
			return why
		}
		if !c.sized(b.skip(typ)) {
			return argument(i)
		}
	}
	return ""
}

// value resolves a parameter's or return value's type.
func (c *btfChecker) value(id uint32) string {
	if !c.needsResolve(id) || c.state[id] == seenDone {
		return ""
	}
	return c.resolve(id)
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
	if why := c.follow(on); why != "" {
		return why
	}
	if idx != -1 && int(idx) >= most {
		return "Invalid component_idx"
	}
	return ""
}
