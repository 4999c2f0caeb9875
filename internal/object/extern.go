package object

import (
	"debug/elf"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// extern is a symbol the object wants from the kernel.
type extern struct {
	name   string
	sym    int // ELF symbol index
	weak   bool
	btfID  uint32
	isFunc bool
	kcfg   *kconfigVar // nil for kernel symbols
	// typeID is the type a kernel symbol must have; 0 for an untyped one (void).
	typeID uint32
}

// kconfigVar is a value in the .kconfig map.
type kconfigVar struct {
	kind   kconfigKind
	signed bool
	size   uint32 // bytes
	align  uint32
	offset uint32
}

type kconfigKind uint8

const (
	kconfigUnknown kconfigKind = iota
	kconfigChar
	kconfigBool
	kconfigInt
	kconfigTristate
	kconfigCharArr
)

// readExterns finds the undefined symbols and makes variables of them in BTF,
// since kernels refuse externs there.
func (o *Object) readExterns() error {
	b := o.btf
	dummy := o.addDummyVar()
	for i := range o.elf.symbols {
		sym := &o.elf.symbols[i]
		if !sym.extern() || sym.name == "" {
			continue
		}
		if o.loader.does(ruleLooseExterns) && (b == nil || b.externSection(sym.name) == "") {
			continue // of an assembler's, or a function declared and never defined
		}
		if b == nil {
			return fail(abi.ESRCH, "failed to find BTF for extern '%s': -3", sym.name)
		}
		e := &extern{name: sym.name, sym: i, weak: sym.bind() == elf.STB_WEAK}
		if err := o.readExtern(e); err != nil {
			return err
		}
		o.externs = append(o.externs, e)
	}
	if len(o.externs) == 0 {
		return nil
	}
	slices.SortStableFunc(o.externs, compareExterns)
	if err := o.fixKsyms(dummy); err != nil {
		return err
	}
	return o.layKconfig()
}

func compareExterns(a, b *extern) int {
	switch {
	case (a.kcfg != nil) != (b.kcfg != nil):
		if a.kcfg != nil {
			return -1
		}
		return 1
	case a.kcfg != nil && a.kcfg.align != b.kcfg.align:
		return int(b.kcfg.align) - int(a.kcfg.align)
	case a.kcfg != nil && a.kcfg.size != b.kcfg.size:
		return int(a.kcfg.size) - int(b.kcfg.size)
	}
	return strings.Compare(a.name, b.name)
}

func (o *Object) readExtern(e *extern) error {
	b := o.btf
	id, errno := externID(b, e.name)
	if id == 0 {
		return fail(errno, "failed to find BTF for extern '%s': -%d", e.name, errno)
	}
	e.btfID, e.isFunc = id, b.kind(id) == kindFunc
	sec := b.section[id]
	if sec == 0 {
		return fail(abi.ENOENT, "failed to find BTF for extern '%s' [%d] section: -2", e.name, id)
	}
	switch name := b.name(sec); name {
	case ".kconfig":
		if e.isFunc {
			return fail(abi.EOPNOTSUPP, "extern function %s is unsupported under .kconfig section", e.name)
		}
		return readKconfigVar(b, e)
	case ".ksyms":
		e.typeID = b.skip(b.typ(id))
		if !e.isFunc && e.typeID != 0 && o.loader.does(ruleKsymAddress) {
			return fail(abi.EOPNOTSUPP, "data section .ksyms: expected %s to be *Void, not *btf.Var: not supported", e.name)
		}
		return nil
	default:
		return fail(abi.EOPNOTSUPP, "unrecognized extern section '%s'", name)
	}
}

// externSection is the section that an extern of that name is listed in, empty for none.
func (b *rawBTF) externSection(name string) string {
	id, _ := externID(b, name)
	if id == 0 || b.section[id] == 0 {
		return ""
	}
	return b.name(b.section[id])
}

// externID finds the BTF of an extern.
func externID(b *rawBTF, name string) (uint32, abi.Errno) {
	for _, id := range b.named[name] {
		kind := b.kind(id)
		if kind != kindVar && kind != kindFunc {
			continue
		}
		linkage := uint32(b.vlen(id))
		if kind == kindVar {
			linkage = b.u32(id, 12)
		}
		if linkage != linkExtern {
			return 0, abi.EINVAL
		}
		return id, 0
	}
	return 0, abi.ENOENT
}

func readKconfigVar(b *rawBTF, e *extern) error {
	typ := b.typ(e.btfID)
	size, ok := b.size(typ)
	if !ok || size == 0 {
		return fail(abi.EINVAL, "failed to resolve size of extern (kcfg) '%s': -22", e.name)
	}
	kind, signed := kconfigType(b, typ, 0)
	if kind == kconfigUnknown {
		return fail(abi.EOPNOTSUPP, "extern (kcfg) '%s': type is unsupported", e.name)
	}
	align := b.align(typ)
	if align == 0 {
		return fail(abi.EINVAL, "failed to determine alignment of extern (kcfg) '%s': 0", e.name)
	}
	if size > maxKconfig {
		return fail(abi.E2BIG, "extern (kcfg) '%s': %d bytes are too many", e.name, size)
	}
	e.kcfg = &kconfigVar{kind: kind, signed: signed, size: uint32(size), align: align}
	return nil
}

// Bytes that a single kernel option and all of them may take here.
const (
	maxKconfig    = 1 << 20
	maxKconfigMap = 1 << 24
)

func kconfigType(b *rawBTF, id uint32, depth int) (kind kconfigKind, signed bool) {
	id = b.skip(id)
	switch b.kind(id) {
	case kindInt:
		enc, size := b.u32(id, 12)>>24&0xf, b.typ(id)
		if enc&4 != 0 {
			if size == 1 {
				return kconfigBool, false
			}
			return kconfigUnknown, false
		}
		switch size {
		case 1:
			return kconfigChar, enc&1 != 0
		case 2, 4, 8:
			return kconfigInt, enc&1 != 0
		}
	case kindEnum:
		if b.typ(id) == 4 && b.name(id) == "libbpf_tristate" {
			return kconfigTristate, false
		}
	case kindEnum64:
		if b.name(id) == "libbpf_tristate" {
			return kconfigTristate, false
		}
	case kindArray:
		if b.u32(id, 20) == 0 || depth > 0 {
			break
		}
		if elem, _ := kconfigType(b, b.u32(id, 12), depth+1); elem == kconfigChar {
			return kconfigCharArr, false
		}
	}
	return kconfigUnknown, false
}

// addDummyVar adds the variable that stands for kernel functions in .ksyms; 0 where none is needed.
func (o *Object) addDummyVar() uint32 {
	b := o.btf
	if b == nil {
		return 0
	}
	sec := b.find(".ksyms", kindDatasec)
	if sec == 0 {
		return 0
	}
	for i := range b.vlen(sec) {
		if b.kind(b.secVar(sec, i).typ) == kindFunc {
			return b.addVar("dummy_ksym", linkGlobal, b.int32ID())
		}
	}
	return 0
}

// int32ID returns the first integer type of 32 bits, 0 for none.
func (b *rawBTF) int32ID() uint32 {
	for id := uint32(1); id < b.n(); id++ {
		if b.kind(id) == kindInt && b.u32(id, 12)&0xff == 32 {
			return id
		}
	}
	return 0
}

func (o *Object) findExtern(name string) *extern {
	for _, e := range o.externs {
		if e.name == name {
			return e
		}
	}
	return nil
}

// fixKsyms makes four-byte variables of all that .ksyms lists.
func (o *Object) fixKsyms(dummy uint32) error {
	b := o.btf
	sec := o.externSectionOf(func(e *extern) bool { return e.kcfg == nil })
	if sec == 0 {
		return nil
	}
	intID := b.int32ID()
	n := b.vlen(sec)
	for i := range n {
		id := b.secVar(sec, i).typ
		if o.findExtern(b.name(id)) == nil {
			return fail(abi.ESRCH, "failed to find extern definition for BTF %s '%s'", kindName(b.kind(id)), b.name(id))
		}
		if b.kind(id) == kindFunc {
			o.nameParams(b.typ(id), dummy)
			b.set(id, 4, kindFunc<<24|linkGlobal)
			id = dummy
		} else if b.kind(id) == kindVar {
			b.set(id, 12, linkGlobal)
			b.set(id, 8, intID)
		}
		b.setSecVar(sec, i, secVar{id, uint32(4 * i), 4})
	}
	b.set(sec, 8, uint32(4*n))
	return nil
}

// nameParams gives unnamed parameters the dummy variable's name.
func (o *Object) nameParams(proto, dummy uint32) {
	b := o.btf
	if b.kind(proto) != kindFuncProto || dummy == 0 {
		return
	}
	for i := range b.vlen(proto) {
		if b.u32(proto, 16+8*i) != 0 && b.u32(proto, 12+8*i) == 0 {
			b.set(proto, 12+8*i, b.u32(dummy, 0))
		}
	}
}

// externSectionOf returns the data section of the last extern that fits, 0 for none.
func (o *Object) externSectionOf(fits func(*extern) bool) uint32 {
	sec := uint32(0)
	for _, e := range o.externs {
		if fits(e) {
			sec = o.btf.section[e.btfID]
		}
		if sec != 0 {
			break
		}
	}
	return sec
}

// layKconfig gives every kernel option its place in the .kconfig map.
func (o *Object) layKconfig() error {
	b := o.btf
	sec := o.externSectionOf(func(e *extern) bool { return e.kcfg != nil })
	if sec == 0 {
		return nil
	}
	off := uint32(0)
	for _, e := range o.externs {
		if k := e.kcfg; k != nil {
			k.offset = (off + k.align - 1) / k.align * k.align
			if off = k.offset + k.size; off > maxKconfigMap {
				return fail(abi.E2BIG, "extern (kcfg) '%s': the .kconfig map gets too large", e.name)
			}
		}
	}
	b.set(sec, 8, off)
	for i := range b.vlen(sec) {
		v := b.secVar(sec, i)
		e := o.findExtern(b.name(v.typ))
		if e == nil || e.kcfg == nil || b.kind(v.typ) != kindVar {
			return fail(abi.ESRCH, "failed to find extern definition for BTF var '%s'", b.name(v.typ))
		}
		b.set(v.typ, 12, linkGlobal)
		v.offset = e.kcfg.offset
		b.setSecVar(sec, i, v)
	}
	return nil
}
