package object

import (
	"bytes"
	"debug/elf"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// legacyForm is how a loader reads map definitions of the time before BTF: structs in a section maps, which
// begin with type, key_size, value_size, max_entries and map_flags.
type legacyForm struct {
	least  int        // bytes of the shortest definition; elfMapSymbols knows those of iproute2
	rest   legacyRest // what the bytes after map_flags are
	prefix bool       // of sections, all whose name begins with maps
}

// legacyRest is what follows after map_flags.
type legacyRest uint8

const (
	restZero legacyRest = iota // nothing: it must be zero
	restPins                   // id and pinning, or pinning and a namespace
	restElf                    // iproute2's bpf_elf_map: id, pinning, inner_id, inner_idx
)

// holdsMaps: the section has definitions of maps.
func (o *Object) holdsMaps(s *elfSection) bool { return s.name == ".maps" || o.loader.legacyMaps(s) }

// legacyMaps: the section has definitions of maps without BTF.
func (l *Loader) legacyMaps(s *elfSection) bool {
	if l.legacy == nil {
		return false
	}
	return s.name == "maps" || l.legacy.prefix && strings.HasPrefix(s.name, "maps")
}

// readLegacyMaps reads the maps defined without BTF: each symbol is one.
func (o *Object) readLegacyMaps() error {
	if o.loader.legacy != nil && o.loader.legacy.rest == restElf {
		return o.readElfMaps()
	}
	for i := 1; i < len(o.elf.sections); i++ {
		s := &o.elf.sections[i]
		if !o.loader.legacyMaps(s) {
			continue
		}
		var syms []*elfSymbol
		for k := range o.elf.symbols {
			if sym := &o.elf.symbols[k]; int(sym.shndx) == i && sym.variable() {
				syms = append(syms, sym)
			}
		}
		if len(syms) == 0 {
			return fail(abi.EINVAL, "section %s: no symbols", s.name)
		}
		slices.SortStableFunc(syms, func(a, b *elfSymbol) int { return int(a.value) - int(b.value) })
		for _, sym := range syms {
			m, err := o.readLegacyMap(i, s, sym)
			if err != nil {
				return err
			}
			o.maps = append(o.maps, m)
		}
	}
	return nil
}

func (o *Object) readLegacyMap(section int, s *elfSection, sym *elfSymbol) (*mapDef, error) {
	form := o.loader.legacy
	if sym.value > uint64(len(s.data)) || sym.size > uint64(len(s.data))-sym.value {
		return nil, fail(abi.EINVAL, "symbol %s: size goes out of bounds of section %s", sym.name, s.name)
	}
	data := s.data[sym.value : sym.value+sym.size]
	if len(data) < form.least {
		return nil, fail(abi.EINVAL, "map %s: a definition has %d bytes at least, not %d", sym.name, form.least, len(data))
	}
	m := legacyMap(sym.name, mapPlace{section, sym.value}, data)
	if form.rest == restZero && len(bytes.Trim(data[form.least:], "\x00")) > 0 {
		m.refused = "extra contains unhandled non-zero bytes, drain before creating map"
	}
	return m, nil
}

// legacyMap is what a definition says in the fields that each form has; those that it is too short for are 0.
func legacyMap(name string, at mapPlace, data []byte) *mapDef {
	field := func(i int) uint32 { return legacyField(data, i) }
	return &mapDef{
		name: name, section: at.section, offset: at.offset, create: true,
		typ: abi.MapType(field(0)), key: field(1), value: field(2), entries: field(3), flags: field(4),
	}
}

func legacyField(data []byte, i int) uint32 {
	if len(data) < 4*i+4 {
		return 0
	}
	return le.Uint32(data[4*i:])
}

// variable: a symbol that may be a map's; old compilers gave those no type.
func (s *elfSymbol) variable() bool {
	return s.name != "" && (s.kind() == elf.STT_OBJECT || s.kind() == elf.STT_NOTYPE)
}
