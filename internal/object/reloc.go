package object

import (
	"cmp"
	"debug/elf"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// relocKind is what an instruction refers to.
type relocKind uint8

const (
	relocMap relocKind = iota
	relocCall
	relocData
	relocExternLoad
	relocExternCall
	relocFuncAddr
	relocJumpTable
	relocNothing // a symbol that is defined nowhere
)

// reloc ties an instruction of a function to a symbol.
type reloc struct {
	kind relocKind
	insn uint32 // in the function
	idx  int    // of the map or extern
	off  uint64 // symbol's offset in its section
	size uint64 // the symbol's, of a jump table
	sec  int    // the symbol's section
}

// readRelocs collects the relocations of all functions, maps and struct_ops.
func (o *Object) readRelocs() error {
	if o.loader.does(ruleWholeSection) {
		o.relocateSections()
		return nil
	}
	o.indexTargets()
	for i := 1; i < len(o.elf.sections); i++ {
		s := &o.elf.sections[i]
		if s.typ != elf.SHT_REL || s.ignored() {
			continue
		}
		if s.entsize != 16 || int(s.info) >= len(o.elf.sections) {
			return fail(abi.LIBBPF_ERRNO__FORMAT, "elf: relocation section(%d) %s is not valid", i, s.name)
		}
		target := &o.elf.sections[s.info]
		var err error
		switch {
		case o.btf == nil && (target.isStructOps() || target.name == ".maps"):
			err = fail(abi.EINVAL, "elf: relocation section(%d) %s needs the types of what it relocates, and there is no BTF", i, s.name)
		case target.isStructOps():
			err = o.readStructOpsRelocs(int(s.info), s)
		case target.name == ".maps":
			err = o.readMapRelocs(s)
		case target.flags&elf.SHF_EXECINSTR != 0:
			err = o.readCodeRelocs(int(s.info), s)
		}
		if err != nil {
			return err
		}
	}
	for _, fn := range o.funcs {
		slices.SortStableFunc(fn.relocs, func(a, b reloc) int { return cmp.Compare(a.insn, b.insn) })
	}
	return nil
}

// mapPlace is where a symbol of a map points to.
type mapPlace struct {
	section int
	offset  uint64
}

// indexTargets makes the tables that relocations' symbols are looked up in.
func (o *Object) indexTargets() {
	o.externOf = map[int]int{}
	for i, e := range o.externs {
		o.externOf[e.sym] = i
	}
	o.mapAt = map[mapPlace]int{}
	for i, m := range o.maps {
		at := mapPlace{m.section, m.offset}
		if _, dup := o.mapAt[at]; !dup && m.kind != mapKconfig {
			o.mapAt[at] = i
		}
	}
}

func (o *Object) readCodeRelocs(section int, s *elfSection) error {
	target := &o.elf.sections[section]
	for i, r := range s.relocs() {
		sym, err := o.elf.symbol(r.sym)
		if err != nil {
			return fail(abi.LIBBPF_ERRNO__FORMAT, "sec '%s': symbol #%d not found for relo #%d", s.name, r.sym, i)
		}
		if int(sym.shndx) >= len(o.elf.sections) {
			return fail(abi.LIBBPF_ERRNO__FORMAT, "sec '%s': corrupted symbol #%d pointing to invalid section #%d for relo #%d", s.name, r.sym, sym.shndx, i)
		}
		if r.offset%insnSize != 0 || r.offset >= uint64(len(target.data)) {
			return fail(abi.LIBBPF_ERRNO__FORMAT, "sec '%s': invalid offset 0x%x for relo #%d", s.name, r.offset, i)
		}
		fn := o.functionAt(section, uint32(r.offset/insnSize))
		if fn == nil {
			continue // of a weak function that another one has replaced
		}
		rel, err := o.codeReloc(fn, uint32(r.offset/insnSize)-fn.start, sym, int(r.sym))
		if err != nil {
			return err
		}
		fn.relocs = append(fn.relocs, rel)
	}
	return nil
}

// codeReloc finds out what a symbol means for an instruction of fn.
func (o *Object) codeReloc(fn *function, at uint32, sym *elfSymbol, symIdx int) (reloc, error) {
	in := &fn.insns[at]
	r := reloc{insn: at, off: sym.value, sec: int(sym.shndx)}
	name := o.elf.symbolName(sym)
	bad := func(format string, args ...any) (reloc, error) {
		return r, fail(abi.LIBBPF_ERRNO__RELOC, "prog '%s': "+format, append([]any{fn.name}, args...)...)
	}
	isCall := in.Code == insn.JMP|insn.CALL
	if !isCall && !in.IsLdImm64() {
		return bad("invalid relo against '%s' for insns[%d].code 0x%x", name, at, in.Code)
	}
	if !isCall && int(at)+1 >= len(fn.insns) {
		return bad("relo against '%s': insn #%d (LDIMM64) is truncated", name, at)
	}
	if sym.extern() {
		idx, ok := o.externOf[symIdx]
		if !ok && o.loader.does(ruleLooseExterns) {
			r.kind, r.idx = relocNothing, symIdx
			return r, nil
		}
		if r.idx = idx; !ok {
			return bad("extern relo failed to find extern for '%s' (%d)", name, symIdx)
		}
		r.kind = relocExternLoad
		if isCall {
			r.kind = relocExternCall
		}
		return r, nil
	}
	sec := sym.section()
	if isCall {
		switch {
		case in.Src != insn.PSEUDO_CALL:
			return bad("incorrect bpf_call opcode")
		case sec == 0 || !o.linksTo(int(sec)):
			return r, refuse(ruleCallAnywhere, abi.LIBBPF_ERRNO__RELOC, "prog '%s': bad call relo against '%s' in section '%s'", fn.name, name, o.elf.sections[sec].name)
		case sym.value%insnSize != 0:
			return bad("bad call relo against '%s' at offset %d", name, sym.value)
		}
		r.kind = relocCall
		return r, nil
	}
	if sec == 0 || sec >= elf.SHN_LORESERVE {
		return bad("invalid relo against '%s' in special section 0x%x; forgot to initialize global var?..", name, uint16(sec))
	}
	if o.subprogSymbol(sym) {
		if sym.value%insnSize != 0 || in.Imm%insnSize != 0 {
			return bad("bad subprog addr relo against '%s' at offset %d+%d", name, sym.value, in.Imm)
		}
		r.kind = relocFuncAddr
		return r, nil
	}
	target := &o.elf.sections[sec]
	if int(sec) == o.arenaSection {
		r.kind, r.idx = relocData, o.arena
		if o.arena < 0 {
			return bad("bad arena data relocation at insn %d, no arena maps defined", at)
		}
		return r, nil
	}
	if target.name == jumpTableSection && !o.loader.does(ruleNoPercpu) {
		r.kind, r.size = relocJumpTable, sym.size
		return r, nil
	}
	_, isData := o.loader.dataKind(target)
	switch {
	case !isData && !o.holdsMaps(target):
		return bad("bad map relo against '%s' in section '%s'", name, target.name)
	case !isData && sym.kind() == elf.STT_SECTION && o.loader.does(rulePlainMaps):
		return bad("possible erroneous static qualifier on map definition: found reference to \"%s\"", sym.name)
	case !isData:
		r.kind = relocMap
		idx, ok := o.mapAt[mapPlace{int(sec), sym.value}]
		if r.idx = idx; !ok {
			return bad("map relo failed to find map for section '%s', off %d", target.name, sym.value)
		}
	default:
		r.kind = relocData
		if sym.kind() != elf.STT_SECTION && o.loader.does(ruleNoAddend) {
			in.Imm = 0
		}
		idx, ok := o.mapAt[mapPlace{int(sec), 0}]
		if r.idx = idx; !ok {
			return bad("data relo failed to find map for section '%s'", target.name)
		}
	}
	return r, nil
}

// linksTo: functions of the section can be called.
func (o *Object) linksTo(section int) bool {
	if o.loader.does(ruleNoCalls) {
		return false
	}
	return section == o.elf.text || o.loader.does(ruleCallAnywhere) && o.elf.sections[section].executable()
}

// subprogSymbol: a function that can be called, or its section for static ones.
func (o *Object) subprogSymbol(s *elfSymbol) bool {
	if s.shndx == 0 || int(s.shndx) >= len(o.elf.sections) || !o.linksTo(int(s.shndx)) {
		return false
	}
	if s.bind() == elf.STB_LOCAL && s.kind() == elf.STT_SECTION {
		return true
	}
	return (s.bind() == elf.STB_GLOBAL || s.bind() == elf.STB_WEAK) && s.kind() == elf.STT_FUNC
}

// readMapRelocs fills the initial elements of map-in-maps and program arrays.
func (o *Object) readMapRelocs(s *elfSection) error {
	b := o.btf
	sec := b.find(".maps", kindDatasec)
	for i, r := range s.relocs() {
		sym, err := o.elf.symbol(r.sym)
		if err != nil {
			return fail(abi.LIBBPF_ERRNO__FORMAT, ".maps relo #%d: symbol %x not found", i, r.sym)
		}
		var m *mapDef
		var v secVar
		for _, c := range o.maps {
			if c.kind != mapUser || c.ops != nil {
				continue
			}
			v = b.secVar(sec, c.varIdx)
			if uint64(v.offset) <= r.offset && r.offset+8 <= uint64(v.offset)+uint64(v.size) {
				m = c
				break
			}
		}
		if m == nil {
			return fail(abi.EINVAL, ".maps relo #%d: cannot find map '%s' at rel->r_offset %d", i, sym.name, r.offset)
		}
		target, err := o.slotTarget(i, m, sym)
		if err != nil {
			return err
		}
		def := b.skip(b.typ(v.typ))
		last := b.vlen(def) - 1
		if last < 0 || b.member(def, last).name != "values" {
			return fail(abi.EINVAL, "map '%s': initial values without a 'values' member", m.name)
		}
		at := r.offset - uint64(v.offset)
		first := uint64(b.member(def, last).bitOff / 8)
		if at < first || (at-first)%8 != 0 {
			return fail(abi.EINVAL, "map '%s': initial value at a wrong offset", m.name)
		}
		m.slots = append(m.slots, mapSlot{(at - first) / 8, target, sym.name})
	}
	return nil
}

// slotTarget checks what an initial element points to; the map is nil for programs.
func (o *Object) slotTarget(i int, m *mapDef, sym *elfSymbol) (*mapDef, error) {
	switch {
	case mapInMap(m.typ):
		if int(sym.shndx) != o.elf.find(".maps") {
			return nil, fail(abi.LIBBPF_ERRNO__RELOC, ".maps relo #%d: '%s' isn't a BTF-defined map", i, sym.name)
		}
		if m.typ == abi.MAP_TYPE_HASH_OF_MAPS && m.key != 4 {
			return nil, fail(abi.EINVAL, ".maps relo #%d: hash-of-maps '%s' should have key size 4.", i, m.name)
		}
		for _, t := range o.maps {
			if t.kind == mapUser && t.name == sym.name {
				return t, nil
			}
		}
		return nil, fail(abi.ESRCH, ".maps relo #%d: '%s' isn't a valid map reference", i, sym.name)
	case m.typ == abi.MAP_TYPE_PROG_ARRAY:
		for _, fn := range o.funcs {
			if o.subprogram(fn) || fn.name != sym.name {
				continue
			}
			if fn.elfSection != int(sym.shndx) || uint64(fn.start)*insnSize != sym.value {
				return nil, fail(abi.LIBBPF_ERRNO__RELOC, ".maps relo #%d: '%s' isn't an entry-point program", i, sym.name)
			}
			return nil, nil
		}
		return nil, fail(abi.ESRCH, ".maps relo #%d: '%s' isn't a valid program reference", i, sym.name)
	}
	return nil, fail(abi.EINVAL, ".maps relo #%d: map '%s' can't have initial values", i, m.name)
}
