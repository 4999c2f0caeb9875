package object

// Decoding a type decodes all that it refers to, one within the other. What a
// compiler writes nests thousands deep at most; a hostile file may nest millions
// deep, which no stack holds.
const (
	plainTypes = 1 << 15 // so few types can't nest too deep
	maxDepth   = 1 << 15
)

// tooDeep reports that decoding the types in order of their ids would nest too deep.
func (b *rawBTF) tooDeep() bool {
	if b.n() <= plainTypes {
		return false
	}
	seen := make([]bool, b.n())
	type level struct {
		id   uint32
		next int // the reference to follow next
	}
	var stack []level
	for id := uint32(1); id < b.n(); id++ {
		if seen[id] {
			continue
		}
		seen[id] = true
		stack = append(stack[:0], level{id, 0})
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			ref, ok := b.ref(top.id, top.next)
			if !ok {
				stack = stack[:len(stack)-1]
				continue
			}
			top.next++
			if ref == 0 || seen[ref] {
				continue
			}
			seen[ref] = true
			if stack = append(stack, level{ref, 0}); len(stack) > maxDepth {
				return true
			}
		}
	}
	return false
}

// ref returns the i-th type that a type refers to; ok is false after the last one.
func (b *rawBTF) ref(id uint32, i int) (ref uint32, ok bool) {
	switch b.kind(id) {
	case kindPtr, kindTypedef, kindVolatile, kindConst, kindRestrict, kindFunc, kindVar, kindDeclTag, kindTypeTag:
		if i == 0 {
			return b.typ(id), true
		}
	case kindArray:
		if i < 2 {
			return b.u32(id, 16-4*i), true
		}
	case kindStruct, kindUnion:
		if i < b.vlen(id) {
			return b.u32(id, 16+12*i), true
		}
	case kindFuncProto:
		if n := b.vlen(id); i < n {
			return b.u32(id, 16+8*i), true
		} else if i == n {
			return b.typ(id), true
		}
	case kindDatasec:
		if i < b.vlen(id) {
			return b.secVar(id, i).typ, true
		}
	}
	return 0, false
}
