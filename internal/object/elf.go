package object

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

const insnSize = 8

// elfFile is the part of an ELF file that a BPF loader looks at.
type elfFile struct {
	sections []elfSection // by index; 0 is the null section
	symbols  []elfSymbol
	funcs    map[uint16][]int // function symbols by section
	symtab   int              // index of the symbol table's section
	text     int              // index of .text, 0 for none
}

type elfSection struct {
	name       string
	typ        elf.SectionType
	flags      elf.SectionFlag
	link, info uint32
	entsize    uint64
	size       uint64
	data       []byte // nil for NOBITS
}

type elfSymbol struct {
	name        string
	info, other uint8
	shndx       uint16
	value, size uint64
}

func (s *elfSymbol) bind() elf.SymBind   { return elf.ST_BIND(s.info) }
func (s *elfSymbol) kind() elf.SymType   { return elf.ST_TYPE(s.info) }
func (s *elfSymbol) visible() elf.SymVis { return elf.ST_VISIBILITY(s.other) }
func (s *elfSymbol) global() bool        { return s.bind() != elf.STB_LOCAL }
func (s *elfSymbol) hidden() bool {
	return s.visible() == elf.STV_HIDDEN || s.visible() == elf.STV_INTERNAL
}
func (s *elfSymbol) section() elf.SectionIndex { return elf.SectionIndex(s.shndx) }

// extern: an undefined global or weak symbol without a type.
func (s *elfSymbol) extern() bool {
	return s.section() == elf.SHN_UNDEF && s.kind() == elf.STT_NOTYPE &&
		(s.bind() == elf.STB_GLOBAL || s.bind() == elf.STB_WEAK)
}

// elfReloc is one entry of a SHT_REL section.
type elfReloc struct {
	offset uint64
	sym    uint32
}

// parseELF reads the sections and symbols of a little-endian 64-bit BPF object.
// All returned data are parts of raw.
func parseELF(name string, raw []byte) (f *elfFile, err error) {
	// debug/elf is not hardened against hostile files; what it may throw is an error here.
	defer func() {
		if r := recover(); r != nil {
			f, err = nil, fail(abi.LIBBPF_ERRNO__FORMAT, "elf: '%s' is damaged: %v", name, r)
		}
	}()
	if len(raw) < 4 || string(raw[:4]) != elf.ELFMAG {
		why := whatIs(name, raw)
		if why != "" {
			why = "; " + why
		}
		return nil, fail(abi.LIBBPF_ERRNO__FORMAT, "elf: '%s' is not a proper ELF object%s", name, why)
	}
	file, err := elf.NewFile(bytes.NewReader(raw))
	if err != nil {
		return nil, fail(abi.LIBBPF_ERRNO__FORMAT, "elf: '%s' is not a proper ELF object: %v", name, err)
	}
	if file.Class != elf.ELFCLASS64 {
		return nil, fail(abi.LIBBPF_ERRNO__FORMAT, "elf: '%s' is not a 64-bit ELF object", name)
	}
	if file.Type != elf.ET_REL || file.Machine != elf.EM_NONE && file.Machine != elf.EM_BPF {
		if file.Machine != elf.EM_NONE && file.Machine != elf.EM_BPF {
			return nil, fail(abi.LIBBPF_ERRNO__FORMAT, "elf: %s is not a valid eBPF object file; it is for %s: compile with --target=bpf", name, strings.TrimPrefix(file.Machine.String(), "EM_"))
		}
		return nil, fail(abi.LIBBPF_ERRNO__FORMAT, "elf: %s is not a valid eBPF object file", name)
	}
	if file.Data != elf.ELFDATA2LSB {
		return nil, fail(abi.LIBBPF_ERRNO__ENDIAN, "elf: endianness mismatch in %s.: it is big-endian, and only little-endian objects are judged", name)
	}
	f = &elfFile{sections: make([]elfSection, len(file.Sections))}
	for i, s := range file.Sections {
		d := &f.sections[i]
		*d = elfSection{name: s.Name, typ: s.Type, flags: s.Flags, link: s.Link, info: s.Info, entsize: s.Entsize, size: s.FileSize}
		if s.Type == elf.SHT_NOBITS || s.Type == elf.SHT_NULL {
			d.size = s.Size
			continue
		}
		if s.Offset > uint64(len(raw)) || s.FileSize > uint64(len(raw))-s.Offset {
			return nil, fail(abi.LIBBPF_ERRNO__FORMAT, "elf: failed to get section(%d) %s data from %s: it ends outside the file", i, s.Name, name)
		}
		d.data = raw[s.Offset : s.Offset+s.FileSize : s.Offset+s.FileSize]
		if s.Type == elf.SHT_SYMTAB {
			if f.symtab != 0 {
				return nil, fail(abi.LIBBPF_ERRNO__FORMAT, "elf: multiple symbol tables in %s", name)
			}
			f.symtab = i
		}
		if s.Name == ".text" && s.Type == elf.SHT_PROGBITS && s.FileSize > 0 && s.Flags&elf.SHF_EXECINSTR != 0 {
			f.text = i
		}
	}
	if f.symtab == 0 {
		return nil, fail(abi.ENOENT, "elf: couldn't find symbol table in %s, stripped object file?", name)
	}
	return f, f.readSymbols(name)
}

func (f *elfFile) readSymbols(name string) error {
	const size = 24
	tab := &f.sections[f.symtab]
	if tab.link == 0 || int(tab.link) >= len(f.sections) || f.sections[tab.link].typ != elf.SHT_STRTAB {
		return fail(abi.LIBBPF_ERRNO__FORMAT, "elf: symbol strings section missing or invalid in %s", name)
	}
	strtab := f.sections[tab.link].data
	f.symbols = make([]elfSymbol, len(tab.data)/size)
	f.funcs = map[uint16][]int{}
	for i := range f.symbols {
		b := tab.data[i*size:]
		s := &f.symbols[i]
		s.info, s.other = b[4], b[5]
		s.shndx = binary.LittleEndian.Uint16(b[6:])
		s.value = binary.LittleEndian.Uint64(b[8:])
		s.size = binary.LittleEndian.Uint64(b[16:])
		s.name = cString(strtab, binary.LittleEndian.Uint32(b))
		if s.kind() == elf.STT_FUNC {
			f.funcs[s.shndx] = append(f.funcs[s.shndx], i)
		}
	}
	return nil
}

// cString reads the NUL-terminated string at off, "" where none is.
func cString(tab []byte, off uint32) string {
	if uint64(off) >= uint64(len(tab)) {
		return ""
	}
	text, _, terminated := bytes.Cut(tab[off:], []byte{0})
	if !terminated {
		return ""
	}
	return string(text)
}

// find returns the index of the first section of that name, 0 for none.
func (f *elfFile) find(name string) int {
	for i := 1; i < len(f.sections); i++ {
		if f.sections[i].name == name {
			return i
		}
	}
	return 0
}

// relocs decodes a SHT_REL section.
func (s *elfSection) relocs() []elfReloc {
	const size = 16
	out := make([]elfReloc, len(s.data)/size)
	for i := range out {
		b := s.data[i*size:]
		out[i] = elfReloc{binary.LittleEndian.Uint64(b), uint32(binary.LittleEndian.Uint64(b[8:]) >> 32)}
	}
	return out
}

// symbolName names a relocation's target: sections have symbols without a name.
func (f *elfFile) symbolName(s *elfSymbol) string {
	if s.kind() == elf.STT_SECTION && s.name == "" && int(s.shndx) < len(f.sections) {
		return f.sections[s.shndx].name
	}
	return s.name
}

func (f *elfFile) symbol(i uint32) (*elfSymbol, error) {
	if uint64(i) >= uint64(len(f.symbols)) {
		return nil, fmt.Errorf("symbol #%d not found", i)
	}
	return &f.symbols[i], nil
}
