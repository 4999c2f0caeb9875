package object

import (
	"bytes"
	"cmp"
	"debug/dwarf"
	"debug/elf"
	"slices"
	"sync"
)

// dwarfLines are the lines that an object's DWARF tells of: what is left to tell of an object without .BTF.ext.
type dwarfLines struct {
	elf  *elfFile
	once sync.Once
	of   map[int][]dwarfLine // by ELF section, sorted by instruction
}

type dwarfLine struct {
	insn      uint32 // in its section
	file      string
	line, col uint32
}

// Relocations of BPF objects, as the psABI numbers them.
const (
	r_BPF_64_ABS64    = 2
	r_BPF_64_ABS32    = 3
	r_BPF_64_NODYLD32 = 4
)

// sectionBase is a made-up address of an ELF section: relocated that way, addresses in DWARF tell their section.
func sectionBase(section uint16) uint64 { return uint64(section) << 32 }

// in returns the lines of the instructions [from, to) of a section, the first one being where it begins.
func (d *dwarfLines) in(section int, from, to uint32) []dwarfLine {
	d.once.Do(d.read)
	lines := d.of[section]
	after := func(n uint32) int {
		at, _ := slices.BinarySearchFunc(lines, n, func(l dwarfLine, n uint32) int { return cmp.Compare(l.insn, n) })
		return at
	}
	return lines[after(from):after(to)]
}

// read reads all lines. What is damaged tells nothing.
func (d *dwarfLines) read() {
	defer func() {
		if recover() != nil { // debug/dwarf is not hardened against hostile files
			d.of = nil
		}
	}()
	data, _, units := d.open()
	if data == nil {
		return
	}
	d.of = map[int][]dwarfLine{}
	room := maxDWARFLines
	entries := data.Reader()
	for _, at := range units {
		entries.Seek(at)
		if e, err := entries.Next(); err == nil && e != nil && e.Tag == dwarf.TagCompileUnit {
			room -= d.unit(data, e, room)
		}
	}
	for section := range d.of {
		slices.SortStableFunc(d.of[section], func(a, b dwarfLine) int { return cmp.Compare(a.insn, b.insn) })
	}
}

// open reads the sections of DWARF, and where the entries of the compilation units are; nil if they tell nothing.
func (d *dwarfLines) open() (*dwarf.Data, map[string][]byte, []dwarf.Offset) {
	parts := map[string][]byte{}
	for _, name := range []string{"abbrev", "info", "line", "ranges", "str", "addr", "line_str", "str_offsets", "rnglists", "loclists"} {
		parts[name] = d.section(".debug_" + name)
	}
	units := unitEntries(parts["info"])
	if len(units)*(len(parts["abbrev"])+len(parts["line"])) > maxDWARFRead {
		return nil, nil, nil
	}
	data, err := dwarf.New(parts["abbrev"], nil, nil, parts["info"], parts["line"], nil, parts["ranges"], parts["str"])
	if err != nil {
		return nil, nil, nil
	}
	for _, name := range []string{"addr", "line_str", "str_offsets", "rnglists", "loclists"} {
		if err := data.AddSection(".debug_"+name, parts[name]); err != nil {
			return nil, nil, nil
		}
	}
	return data, parts, units
}

// maxDWARFRead bounds the bytes that are gone through for units: all may begin with the same tables.
const maxDWARFRead = 1 << 28

// unitEntries are where the entries of the compilation units are in .debug_info.
func unitEntries(info []byte) (entries []dwarf.Offset) {
	const wide, compile = 1<<32 - 1, 1
	for at := 0; len(info)-at >= 24; {
		length, size, header := uint64(le.Uint32(info[at:])), 4, 11
		if length == wide { // offsets are of 64 bits
			length, size, header = le.Uint64(info[at+4:]), 12, 23
		}
		switch version := le.Uint16(info[at+size:]); {
		case version < 5:
			entries = append(entries, dwarf.Offset(at+header))
		case info[at+size+2] == compile:
			entries = append(entries, dwarf.Offset(at+header+1))
		}
		if length > uint64(len(info)-at-size) {
			break
		}
		at += size + int(length)
	}
	return entries
}

// maxDWARFLines bounds the lines that are read: several units may name the same ones.
const maxDWARFLines = 1 << 20

// unit takes at most room lines of a compilation unit, and returns how many there were.
func (d *dwarfLines) unit(data *dwarf.Data, unit *dwarf.Entry, room int) (read int) {
	lines, err := data.LineReader(unit)
	if err != nil || lines == nil {
		return 1
	}
	var e dwarf.LineEntry
	for read = 1; read < room && lines.Next(&e) == nil; read++ {
		if e.EndSequence || e.File == nil || e.Line <= 0 {
			continue
		}
		section := int(e.Address >> 32)
		d.of[section] = append(d.of[section], dwarfLine{uint32(e.Address) / insnSize, e.File.Name, uint32(e.Line), uint32(max(e.Column, 0))})
	}
	return read
}

// section returns a section of debugging data with its relocations applied, nil for none.
func (d *dwarfLines) section(name string) []byte {
	at := d.elf.find(name)
	if at == 0 {
		return nil
	}
	data := d.elf.sections[at].data
	for i := range d.elf.sections {
		s := &d.elf.sections[i]
		if s.typ != elf.SHT_REL || int(s.info) != at {
			continue
		}
		data = bytes.Clone(data)
		for j := 0; j+16 <= len(s.data); j += 16 {
			offset, info := le.Uint64(s.data[j:]), le.Uint64(s.data[j+8:])
			sym, err := d.elf.symbol(uint32(info >> 32))
			if err != nil {
				continue
			}
			switch uint32(info) {
			case r_BPF_64_ABS64:
				if offset+8 <= uint64(len(data)) {
					le.PutUint64(data[offset:], le.Uint64(data[offset:])+sectionBase(sym.shndx)+sym.value)
				}
			case r_BPF_64_ABS32, r_BPF_64_NODYLD32:
				if offset+4 <= uint64(len(data)) {
					le.PutUint32(data[offset:], le.Uint32(data[offset:])+uint32(sym.value))
				}
			}
		}
		break // compilers make one, damage any number
	}
	return data
}

// hasDWARF reports whether there are lines in DWARF.
func (f *elfFile) hasDWARF() bool { return f.find(".debug_line") != 0 && f.find(".debug_info") != 0 }
