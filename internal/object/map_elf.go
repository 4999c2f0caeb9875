package object

import (
	"debug/elf"
	"fmt"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// Bytes of a bpf_elf_map: of its first four fields, which each has, and of all that there are; how many an object may have.
const (
	elfMapLeast = 16
	elfMapSize  = 36
	elfMapMost  = 64
)

// elfMaps is the section with the maps, 0 for none: an empty one is passed over.
func (o *Object) elfMaps() int {
	section := o.elf.find("maps")
	if len(o.elf.sections[section].data) == 0 {
		return 0
	}
	return section
}

// elfMapSymbols returns the symbols of the maps in a section by where they are, and how long each map is: old
// compilers gave symbols no size.
func (o *Object) elfMapSymbols(section int) (at map[uint64]*elfSymbol, size int, err error) {
	at = map[uint64]*elfSymbol{}
	n, bytes := 0, len(o.elf.sections[section].data)
	for i := range o.elf.symbols {
		if sym := &o.elf.symbols[i]; int(sym.shndx) == section && sym.bind() == elf.STB_GLOBAL && sym.variable() {
			at[sym.value] = sym
			n++
		}
	}
	switch {
	case n == 0 || n > elfMapMost:
		return nil, 0, fail(abi.EINVAL, "%d maps not supported in current map section!", n)
	case bytes%n != 0 || bytes%4 != 0:
		return nil, 0, fail(abi.EINVAL, "Number BPF map symbols are not multiple of struct bpf_elf_map!")
	}
	size = bytes / n
	for off := 0; off < bytes; off += size {
		if at[uint64(off)] == nil {
			return nil, 0, fail(abi.EINVAL, "Different struct bpf_elf_map in use!")
		}
	}
	switch {
	case size > elfMapSize:
		return nil, 0, fail(abi.EINVAL, "struct bpf_elf_map not supported, coming from future version?")
	case size < elfMapLeast:
		return nil, 0, fail(abi.EINVAL, "struct bpf_elf_map too small, not supported!")
	}
	return at, size, nil
}

// readElfMaps reads the maps of the section maps.
func (o *Object) readElfMaps() error {
	section := o.elfMaps()
	if section == 0 {
		return nil
	}
	symbols, size, err := o.elfMapSymbols(section)
	if err != nil {
		return err
	}
	data := o.elf.sections[section].data
	for off := 0; off < len(data); off += size {
		def := data[off : off+size]
		m := legacyMap(symbols[uint64(off)].name, mapPlace{section, uint64(off)}, def)
		m.elf = elfMap{legacyField(def, 5), legacyField(def, 7), legacyField(def, 8)}
		o.maps = append(o.maps, m)
	}
	o.linkElfMaps()
	return nil
}

// linkElfMaps gives iproute2's maps of maps the maps whose id they name, which are created before them.
func (o *Object) linkElfMaps() {
	slices.SortStableFunc(o.maps, func(a, b *mapDef) int {
		switch {
		case mapInMap(a.typ) == mapInMap(b.typ):
			return 0
		case mapInMap(a.typ):
			return 1
		}
		return -1
	})
	for _, m := range o.maps {
		if !mapInMap(m.typ) {
			continue
		}
		for _, in := range o.maps {
			if in.elf.id == 0 || in.elf.id != m.elf.inner || mapInMap(in.typ) {
				continue
			}
			if m.inner == nil {
				m.setInner(in)
			}
			if in.elf.at != noSlot {
				m.slots = append(m.slots, mapSlot{uint64(in.elf.at), in, in.name})
			}
		}
		if m.inner == nil {
			m.refused = fmt.Sprintf("cannot be loaded. Inner map with ID %d not found!", m.elf.inner)
		}
	}
}

// elfMap is what a bpf_elf_map says beside the rest.
type elfMap struct {
	id    uint32
	inner uint32 // id of the map that a map of maps holds
	at    uint32 // where in those it is put, noSlot for nowhere
}

const noSlot = 1<<32 - 1
