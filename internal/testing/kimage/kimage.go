// Package kimage reads a kernel's image, for the generators of kernel data: an uncompressed vmlinux, its types, and
// the symbol table that the kernel shows when it is booted without moving (nokaslr).
package kimage

import (
	"bufio"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Image is one kernel.
type Image struct {
	Release string // "7.3.4+deb13-amd64"
	Version string // of the stable kernel that it is built from, "7.3.4"; releases of older packages name it not
	Types   *types.Set
	Symbols []Symbol // by address; those of modules are left out
	Zero    []string // the symbols at address 0, where per-CPU variables may begin

	sections []section
	byName   map[string]uint64
	byAddr   map[uint64]string
}

// Symbol is a name for an address.
type Symbol struct {
	Addr uint64
	Kind byte // as nm writes it: t and T are code
	Name string
}

// Code reports a function.
func (s Symbol) Code() bool { return s.Kind|0x20 == 't' }

type section struct {
	name string
	addr uint64
	data []byte
}

// Open reads what a folder has of a kernel: the files release, vmlinux and kallsyms.
func Open(dir string) (*Image, error) {
	release, err := os.ReadFile(filepath.Join(dir, "release"))
	if err != nil {
		return nil, err
	}
	im := &Image{Release: strings.TrimSpace(string(release)), byName: map[string]uint64{}, byAddr: map[uint64]string{}}
	vmlinux := filepath.Join(dir, "vmlinux")
	if im.Types, err = kmodel.LoadTypes(vmlinux); err != nil {
		return nil, err
	}
	if err := im.readSections(vmlinux); err != nil {
		return nil, err
	}
	im.Version = im.version()
	return im, im.readSymbols(filepath.Join(dir, "kallsyms"))
}

// banner is how an image says what it was built from.
var banner = regexp.MustCompile(`Linux version [^\x00\n]* Debian (\d+(?:\.\d+)+)`)

// version is what the image says that it was built from, or else its release.
func (im *Image) version() string {
	for _, s := range im.sections {
		if m := banner.FindSubmatch(s.data); m != nil {
			return string(m[1])
		}
	}
	numbers, _, _ := strings.Cut(im.Release, "+")
	return numbers
}

func (im *Image) readSections(path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || s.Type == elf.SHT_NOBITS {
			continue
		}
		data, err := s.Data()
		if err != nil {
			return err
		}
		im.sections = append(im.sections, section{s.Name, s.Addr, data})
	}
	return nil
}

func (im *Image) readSymbols(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for sc := bufio.NewScanner(f); sc.Scan(); {
		fields := strings.Fields(sc.Text())
		if len(fields) != 3 { // a fourth field names a module
			continue
		}
		addr, err := strconv.ParseUint(fields[0], 16, 64)
		if err != nil {
			continue // the line that says which kernel it is
		}
		if addr == 0 {
			im.Zero = append(im.Zero, fields[2])
			continue
		}
		im.addSymbol(Symbol{addr, fields[1][0], fields[2]})
	}
	if len(im.Symbols) == 0 {
		return fmt.Errorf("%s: no symbols", path)
	}
	return nil
}

func (im *Image) addSymbol(s Symbol) {
	im.Symbols = append(im.Symbols, s)
	if _, twice := im.byName[s.Name]; !twice {
		im.byName[s.Name] = s.Addr
	}
	// Of several names the one that is no marker counts.
	if _, named := im.byAddr[s.Addr]; !named && !strings.HasPrefix(s.Name, "__BTF_ID__") && !strings.HasPrefix(s.Name, "__pfx_") {
		im.byAddr[s.Addr] = s.Name
	}
}

// Addr returns the address of a symbol.
func (im *Image) Addr(name string) (addr uint64, ok bool) {
	addr, ok = im.byName[name]
	return addr, ok
}

// NameAt is the symbol at an address, "" if there is none.
func (im *Image) NameAt(addr uint64) string { return im.byAddr[addr] }

// Function is the symbol that an address lies in, and how far behind its beginning.
func (im *Image) Function(addr uint64) (name string, off uint64) {
	i, exact := slices.BinarySearchFunc(im.Symbols, addr, func(s Symbol, a uint64) int {
		switch {
		case s.Addr < a:
			return -1
		case s.Addr > a:
			return 1
		}
		return 0
	})
	if !exact {
		i--
	}
	if i < 0 {
		return "", 0
	}
	return im.Symbols[i].Name, addr - im.Symbols[i].Addr
}

// Bytes are n bytes at an address; nil where the image has none.
func (im *Image) Bytes(addr uint64, n int) []byte {
	for _, s := range im.sections {
		if addr >= s.addr && addr+uint64(n) <= s.addr+uint64(len(s.data)) {
			return s.data[addr-s.addr:][:n]
		}
	}
	return nil
}

// Uint is the number of n bytes at an address, 0 where the image has none.
func (im *Image) Uint(addr uint64, n int) uint64 {
	var word [8]byte
	copy(word[:], im.Bytes(addr, n))
	return binary.LittleEndian.Uint64(word[:])
}

// Next is the address of the next symbol behind that of another.
func (im *Image) Next(addr uint64) uint64 {
	for _, s := range im.Symbols {
		if s.Addr > addr {
			return s.Addr
		}
	}
	return addr
}

// String is the text at an address.
func (im *Image) String(addr uint64) string {
	for n := 0; ; n++ {
		if b := im.Bytes(addr+uint64(n), 1); b == nil || b[0] == 0 {
			return string(im.Bytes(addr, n))
		}
	}
}

// TypeName is the name of a type of the kernel's.
func (im *Image) TypeName(id uint32) string {
	if t := im.Types.ByID(id); t != nil {
		return t.TypeName()
	}
	return ""
}

// Set are the names in a set of the image's .BTF_ids section; ok is false if there is no such set.
func (im *Image) Set(name string) (names []string, ok bool) {
	addr, ok := im.Addr("__BTF_ID__set__" + name)
	if !ok {
		return nil, false
	}
	for i := range im.Uint(addr, 4) {
		if id := uint32(im.Uint(addr+4+4*i, 4)); id != 0 {
			names = append(names, im.TypeName(id))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), true
}

// Flagged is a member of a set with flags.
type Flagged struct {
	Name  string
	Flags uint32
}

// Flagged are the members of the set with flags at an address, sorted by name.
func (im *Image) Flagged(addr uint64) []Flagged {
	var list []Flagged
	for i := range im.Uint(addr, 4) {
		entry := addr + 8 + 8*i
		if id := uint32(im.Uint(entry, 4)); id != 0 {
			list = append(list, Flagged{im.TypeName(id), uint32(im.Uint(entry+4, 4))})
		}
	}
	slices.SortFunc(list, func(a, b Flagged) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Field is where a member of a kernel's struct lies, and how many bytes it has.
func (im *Image) Field(structure, member string) (off uint64, size int, err error) {
	_, s := im.Types.FindStruct(structure)
	if s == nil {
		return 0, 0, fmt.Errorf("no struct %s", structure)
	}
	first, size, ok := types.FindMember(s, member)
	if !ok {
		return 0, 0, fmt.Errorf("no member %s in struct %s", member, structure)
	}
	return uint64(first), size, nil
}

// Enum are the values of an enumeration by name.
func (im *Image) Enum(name string) map[string]uint64 {
	var e *btf.Enum
	if im.Types.Spec().TypeByName(name, &e) != nil {
		return nil
	}
	values := make(map[string]uint64, len(e.Values))
	for _, v := range e.Values {
		values[v.Name] = v.Value
	}
	return values
}

// MapTypes are the map types' names by number, without BPF_; of several the longest, which says what is deprecated.
func (im *Image) MapTypes() []string {
	values := im.Enum("bpf_map_type")
	names := make([]string, len(values))
	for name, v := range values {
		if short := strings.TrimPrefix(name, "BPF_"); int(v) < len(names) && strings.HasPrefix(short, "MAP_TYPE_") && len(short) > len(names[v]) {
			names[v] = short
		}
	}
	for i, name := range names {
		names[i] = todays(name, nil)
	}
	return names
}
