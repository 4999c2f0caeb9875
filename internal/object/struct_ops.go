package object

import "github.com/bpfverdict/bpfverdict/internal/abi"

// structOps is the value of a struct_ops map: a kernel struct filled in by the object.
type structOps struct {
	typeID uint32
	data   []byte
	funcs  []*function // by member; nil where none is set
}

func (s *elfSection) isStructOps() bool {
	if s.executable() || len(s.data) == 0 {
		return false
	}
	switch s.name {
	case ".struct_ops", ".struct_ops.link", "?.struct_ops", "?.struct_ops.link":
		return true
	}
	return false
}

func (o *Object) readStructOps() error {
	if o.btf == nil {
		return nil // a loader that takes no types takes none of those either
	}
	for i := range o.elf.sections {
		if s := &o.elf.sections[i]; s.isStructOps() {
			if err := o.readStructOpsSection(i, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Object) readStructOpsSection(at int, s *elfSection) error {
	b := o.btf
	sec := b.find(s.name, kindDatasec)
	if sec == 0 {
		return fail(abi.EINVAL, "struct_ops init: DATASEC %s not found", s.name)
	}
	for i := range b.vlen(sec) {
		v := b.secVar(sec, i)
		if b.kind(v.typ) != kindVar {
			return fail(abi.EINVAL, "struct_ops init: Cannot resolve var type_id %d in DATASEC %s", v.typ, s.name)
		}
		typ := b.skip(b.typ(v.typ))
		name := b.name(typ)
		switch {
		case name == "":
			return fail(abi.EOPNOTSUPP, "struct_ops init: anonymous type is not supported")
		case b.kind(typ) != kindStruct:
			return fail(abi.EINVAL, "struct_ops init: %s is not a struct", name)
		case uint64(v.offset)+uint64(b.typ(typ)) > uint64(len(s.data)):
			return fail(abi.EINVAL, "struct_ops init: var %s is beyond the end of DATASEC %s", b.name(v.typ), s.name)
		}
		m := &mapDef{
			name: b.name(v.typ), section: at, offset: uint64(v.offset), create: s.name[0] != '?',
			typ: abi.MAP_TYPE_STRUCT_OPS, key: 4, value: b.typ(typ), entries: 1, valueType: typ,
			ops: &structOps{typ, s.data[v.offset : v.offset+b.typ(typ)], make([]*function, b.vlen(typ))},
		}
		if s.name == ".struct_ops.link" || s.name == "?.struct_ops.link" {
			m.flags = abi.BPF_F_LINK
		}
		o.maps = append(o.maps, m)
	}
	return nil
}

// readStructOpsRelocs fills in which programs a struct_ops map's members point to.
func (o *Object) readStructOpsRelocs(section int, s *elfSection) error {
	b := o.btf
	for _, r := range s.relocs() {
		sym, err := o.elf.symbol(r.sym)
		if err != nil {
			return fail(abi.LIBBPF_ERRNO__FORMAT, "struct_ops reloc: symbol %x not found", r.sym)
		}
		m := o.structOpsAt(section, r.offset)
		if m == nil {
			return fail(abi.EINVAL, "struct_ops reloc: cannot find map at rel->r_offset %d", r.offset)
		}
		if sym.shndx >= 0xff00 {
			return fail(abi.LIBBPF_ERRNO__RELOC, "struct_ops reloc %s: rel->r_offset %d shdr_idx %d unsupported non-static function", m.name, r.offset, sym.shndx)
		}
		if sym.value%insnSize != 0 {
			return fail(abi.LIBBPF_ERRNO__FORMAT, "struct_ops reloc %s: invalid target program offset %d", m.name, sym.value)
		}
		off := uint32(r.offset - m.offset)
		member := -1
		for i := range b.vlen(m.ops.typeID) {
			if b.member(m.ops.typeID, i).bitOff == off*8 {
				member = i
				break
			}
		}
		if member < 0 {
			return fail(abi.EINVAL, "struct_ops reloc %s: cannot find member at moff %d", m.name, off)
		}
		mem := b.member(m.ops.typeID, member)
		if ptr := b.skip(mem.typ); b.kind(ptr) != kindPtr || b.kind(b.skip(b.typ(ptr))) != kindFuncProto {
			return fail(abi.EINVAL, "struct_ops reloc %s: cannot relocate non func ptr %s", m.name, mem.name)
		}
		fn := o.functionAt(int(sym.shndx), uint32(sym.value/insnSize))
		if fn == nil {
			return fail(abi.EINVAL, "struct_ops reloc %s: cannot find prog at shdr_idx %d to relocate func ptr %s", m.name, sym.shndx, mem.name)
		}
		if fn.def == nil || fn.def.typ != abi.PROG_TYPE_STRUCT_OPS {
			return fail(abi.EINVAL, "struct_ops reloc %s: prog %s is not struct_ops BPF program", m.name, fn.name)
		}
		m.ops.funcs[member] = fn
	}
	return nil
}

func (o *Object) structOpsAt(section int, off uint64) *mapDef {
	for _, m := range o.maps {
		if m.ops != nil && m.section == section && m.offset <= off && off-m.offset < uint64(m.value) {
			return m
		}
	}
	return nil
}
