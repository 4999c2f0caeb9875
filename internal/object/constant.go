package object

import (
	"cmp"
	"slices"
)

// constant is a variable in .rodata that a loader may set before loading: a compiler has to read it, because
// it is volatile, and the verifier knows what it holds.
type constant struct {
	name      string
	at, after uint64 // bytes of the section
	set       bool
}

// findConstants lists the constants of each .rodata section, by offset.
func (o *Object) findConstants() error {
	if o.btf == nil {
		return nil
	}
	o.constants = map[int][]constant{}
	for i, m := range o.maps {
		if m.kind != mapRodata || o.btf.kind(m.valueType) != kindDatasec {
			continue
		}
		for n := range o.btf.vlen(m.valueType) {
			v := o.btf.secVar(m.valueType, n)
			if o.btf.kind(v.typ) == kindVar && o.btf.volatile(o.btf.typ(v.typ)) {
				at := uint64(v.offset)
				o.constants[i] = append(o.constants[i], constant{name: o.btf.name(v.typ), at: at, after: at + uint64(v.size)})
			}
		}
		slices.SortStableFunc(o.constants[i], func(a, b constant) int { return cmp.Compare(a.at, b.at) })
	}
	return nil
}

// volatile reports a volatile type, or an array of one.
func (b *rawBTF) volatile(id uint32) bool {
	for range 64 {
		switch b.kind(id) {
		case kindVolatile:
			return true
		case kindTypedef, kindConst, kindRestrict, kindTypeTag:
			id = b.typ(id)
		case kindArray:
			id = b.u32(id, 12)
		default:
			return false
		}
	}
	return false
}

// unsetConstants are the names of the constants that the assembled program refers to and nobody has set, in
// the order in which it does.
func (a *assembler) unsetConstants() []string {
	var names []string
	if len(a.l.obj.constants) == 0 {
		return nil
	}
	for _, part := range a.parts {
		for k := range part.fn.relocs {
			r := &part.fn.relocs[k]
			list := a.l.obj.constants[r.idx]
			if r.kind != relocData || len(list) == 0 {
				continue
			}
			at := uint64(int64(r.off) + int64(part.fn.insns[r.insn].Imm))
			i, _ := slices.BinarySearchFunc(list, at, func(c constant, at uint64) int {
				if c.after <= at {
					return -1
				}
				return 1
			})
			if i < len(list) && list[i].at <= at && !list[i].set && !slices.Contains(names, list[i].name) {
				names = append(names, list[i].name)
			}
		}
	}
	return names
}
