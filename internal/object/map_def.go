package object

import (
	"bytes"
	"debug/elf"
	"math"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// mapKind says where a map comes from.
type mapKind uint8

const (
	mapUser mapKind = iota // declared in .maps or a struct_ops section
	mapData
	mapBSS
	mapRodata
	mapPercpu // variables of which each CPU has its own
	mapKconfig
)

// mapDef is a map as the object defines it.
type mapDef struct {
	name    string // as the kernel will see it
	real    string // the section's name, for data maps
	kind    mapKind
	section int    // ELF section
	offset  uint64 // within it
	varIdx  int    // in BTF's .maps section
	create  bool   // false for maps that are not created by default ("?.struct_ops")

	typ                        abi.MapType
	key, value, entries, flags uint32
	extra                      uint64
	keyType, valueType         uint32
	pinned                     bool
	data                       []byte // initial value; nil for zeros
	ownData                    bool   // data may be changed: it is not the file's
	inner                      *mapDef
	slots                      []mapSlot // map-in-map, program array: initial elements
	ops                        *structOps
	elf                        elfMap
	refused                    string // why the loader won't create it
}

// mapSlot is an initial element of a map-in-map or program array.
type mapSlot struct {
	index uint64
	inner *mapDef // nil for a program
	name  string  // of the map or program
}

func mapInMap(t abi.MapType) bool {
	return t == abi.MAP_TYPE_ARRAY_OF_MAPS || t == abi.MAP_TYPE_HASH_OF_MAPS
}

func ringbuf(t abi.MapType) bool {
	return t == abi.MAP_TYPE_RINGBUF || t == abi.MAP_TYPE_USER_RINGBUF
}

// readMaps collects maps in libbpf's order: .maps, data sections, .kconfig, struct_ops.
func (o *Object) readMaps() error {
	for _, step := range []func() error{o.readLegacyMaps, o.readUserMaps, o.readDataMaps, o.readKconfigMap, o.readStructOps} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (o *Object) readUserMaps() error {
	at := o.elf.find(".maps")
	if at == 0 || o.loader.does(ruleNoTypes) {
		return nil
	}
	sec := o.btf.find(".maps", kindDatasec)
	if sec == 0 {
		return fail(abi.ENOENT, "DATASEC '.maps' not found.")
	}
	if init := bytes.Trim(o.elf.sections[at].data, "\x00"); len(init) > 0 && o.loader.does(rulePlainMaps) {
		return fail(abi.EOPNOTSUPP, "section .maps: initializing BTF map definitions: not supported")
	}
	for i := range o.btf.vlen(sec) {
		m, err := o.readUserMap(at, i, o.btf.secVar(sec, i))
		if err != nil {
			return err
		}
		o.maps = append(o.maps, m)
	}
	return o.placeArena()
}

func (o *Object) readUserMap(section, idx int, v secVar) (*mapDef, error) {
	b := o.btf
	name := b.name(v.typ)
	if name == "" {
		return nil, fail(abi.EINVAL, "map #%d: empty name.", idx)
	}
	if uint64(v.offset)+uint64(v.size) > uint64(len(o.elf.sections[section].data)) {
		return nil, fail(abi.EINVAL, "map '%s' BTF data is corrupted.", name)
	}
	if b.kind(v.typ) != kindVar {
		return nil, fail(abi.EINVAL, "map '%s': unexpected var kind %s.", name, kindName(b.kind(v.typ)))
	}
	if l := b.u32(v.typ, 12); l != linkGlobal {
		return nil, fail(abi.EOPNOTSUPP, "map '%s': unsupported map linkage %s.", name, linkageName(l))
	}
	def := b.skip(b.typ(v.typ))
	if b.kind(def) != kindStruct {
		return nil, fail(abi.EINVAL, "map '%s': unexpected def kind %s.", name, kindName(b.kind(v.typ)))
	}
	if b.typ(def) > v.size {
		return nil, fail(abi.EINVAL, "map '%s': invalid def size.", name)
	}
	m := &mapDef{name: name, section: section, offset: uint64(v.offset), varIdx: idx, create: true}
	p := mapParser{b: b, m: m, loader: o.loader, name: name}
	return m, p.parse(def)
}

func linkageName(l uint32) string {
	if l < 3 {
		return [...]string{"static", "global", "extern"}[l]
	}
	return "unknown"
}

// placeArena finds the object's only arena and checks its variables against its size.
func (o *Object) placeArena() error {
	for i, m := range o.maps {
		if m.typ != abi.MAP_TYPE_ARENA {
			continue
		}
		if o.arena >= 0 {
			return fail(abi.EINVAL, "map '%s': only single ARENA map is supported (map '%s' is also ARENA)", m.name, o.maps[o.arena].name)
		}
		o.arena = i
		if o.arenaSection == 0 {
			continue
		}
		m.data = o.elf.sections[o.arenaSection].data
		const page = 4096
		n, size := uint64(len(o.elf.sections[o.arenaSection].data)), page*uint64(m.entries)
		if (n+page-1)/page*page > size {
			return fail(abi.E2BIG, "elf: sec '.addr_space.1': declared ARENA map size (%d) is too small to hold global __arena variables of size %d", size, n)
		}
	}
	if o.arenaSection != 0 && o.arena < 0 {
		return fail(abi.ENOENT, "elf: sec '.addr_space.1': to use global __arena variables the ARENA map should be explicitly declared in SEC(\".maps\")")
	}
	return nil
}

// dataKind tells which data map the loader makes of a section, if any.
func (l *Loader) dataKind(s *elfSection) (mapKind, bool) {
	is := func(base string) bool { return s.name == base || strings.HasPrefix(s.name, base+".") }
	filled := s.typ == elf.SHT_PROGBITS && s.flags&elf.SHF_EXECINSTR == 0
	switch {
	case l.does(ruleNoGlobals):
		return 0, false
	case filled && is(".data"):
		return mapData, true
	case filled && is(".rodata"):
		return mapRodata, true
	case filled && is(".percpu"):
		return mapPercpu, !l.does(ruleNoPercpu)
	case s.typ == elf.SHT_NOBITS && is(".bss"):
		return mapBSS, true
	}
	return 0, false
}

func (o *Object) readDataMaps() error {
	for i := 1; i < len(o.elf.sections); i++ {
		s := &o.elf.sections[i]
		kind, ok := o.loader.dataKind(s)
		if !ok || s.size == 0 {
			continue
		}
		if s.size > math.MaxUint32 {
			return fail(abi.E2BIG, "failed to alloc map '%s' content buffer: -12", s.name)
		}
		o.addDataMap(kind, s.name, i, uint32(s.size), s.data)
	}
	return nil
}

func (o *Object) readKconfigMap() error {
	size := uint32(0)
	for _, e := range o.externs {
		if e.kcfg != nil {
			size = e.kcfg.offset + e.kcfg.size
		}
	}
	if size != 0 {
		o.kconfig = len(o.maps)
		o.addDataMap(mapKconfig, ".kconfig", o.elf.symtab, size, nil)
	}
	return nil
}

func (o *Object) addDataMap(kind mapKind, section string, at int, size uint32, data []byte) {
	m := &mapDef{
		name: o.loader.dataMapName(o.Name, section), real: section, kind: kind, section: at, create: true,
		typ: abi.MAP_TYPE_ARRAY, key: 4, value: size, entries: 1, data: data,
	}
	if kind == mapPercpu {
		m.typ, m.name = abi.MAP_TYPE_PERCPU_ARRAY, plainMapName(section)
	}
	if kind == mapRodata || kind == mapKconfig {
		m.flags = abi.BPF_F_RDONLY_PROG
	}
	if o.btf != nil {
		m.valueType = o.btf.findAny(section)
		if kind != mapPercpu && o.mmapable(m.valueType) {
			m.flags |= abi.BPF_F_MMAPABLE
		}
	}
	o.maps = append(o.maps, m)
}

// mmapable: user space may map a data section that holds a visible variable.
func (o *Object) mmapable(sec uint32) bool {
	b := o.btf
	if b.kind(sec) != kindDatasec {
		return false
	}
	for i := range b.vlen(sec) {
		if v := b.secVar(sec, i).typ; b.kind(v) == kindVar && b.u32(v, 12) != linkStatic {
			return true
		}
	}
	return false
}

// dataMapName joins the object's name and the section's into a map name, 15 characters at most.
func (l *Loader) dataMapName(object, section string) string {
	const most = maxMapName
	if l.does(rulePlainData) {
		return section
	}
	suffix := min(max(7, len(section)), most)
	prefix := ""
	if strings.IndexByte(section[1:], '.') < 0 {
		prefix, _, _ = strings.Cut(object[:min(len(object), most)], ".")
		prefix = prefix[:min(len(prefix), most-suffix)]
	}
	return plainMapName(prefix + section[:min(len(section), suffix)])
}

// plainMapName makes of a name one that the kernel takes.
func plainMapName(s string) string {
	name := []byte(s[:min(len(s), maxMapName)])
	for i, c := range name {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '.') {
			name[i] = '_'
		}
	}
	return string(name)
}
