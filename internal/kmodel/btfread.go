package kmodel

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// maxBTF is the size in bytes of the largest BTF that is read. A distribution's kernel has 6 MiB.
const maxBTF = 64 << 20

var (
	errTooLarge = fmt.Errorf("more than %d MiB of BTF", maxBTF>>20)
	errNoBTF    = errors.New("the file has no BTF")
	errObject   = errors.New("a BPF object has the types of its programs, not a kernel's")
	errNoKernel = errors.New("these are not a kernel's types: there is no struct task_struct")
)

// LoadTypes is ReadTypes of a file.
func LoadTypes(file string) (*types.Set, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ReadTypes(f)
}

// ReadTypes reads a kernel's types from a vmlinux or from raw BTF.
func ReadTypes(r io.ReaderAt) (*types.Set, error) {
	raw, err := sectionBTF(r, ".BTF")
	if err != nil {
		return nil, err
	}
	set, err := parseBTF(raw)
	if err != nil {
		return nil, err
	}
	if id, _ := set.FindStruct("task_struct"); id == 0 {
		return nil, errNoKernel
	}
	return set, nil
}

// ReadModule reads the types of a kernel module of that name from its .ko file or from raw BTF. They build
// on the kernel's.
func ReadModule(r io.ReaderAt, name string, vmlinux *types.Set) (*types.Set, error) {
	raw, err := sectionBTF(r, ".BTF")
	if err != nil {
		return nil, err
	}
	spec, err := btf.LoadSplitSpecFromReader(bytes.NewReader(raw), vmlinux.Spec)
	if err != nil {
		return nil, err
	}
	return &types.Set{Spec: spec, Name: name, Kernel: true}, nil
}

// sectionBTF returns what an ELF file's section holds; of another file, all of it.
func sectionBTF(r io.ReaderAt, name string) ([]byte, error) {
	all := io.Reader(io.NewSectionReader(r, 0, maxBTF+1))
	var magic [len(elf.ELFMAG)]byte
	if n, err := r.ReadAt(magic[:], 0); n < len(magic) && err != io.EOF {
		return nil, err
	}
	if string(magic[:]) == elf.ELFMAG {
		f, err := elf.NewFile(r)
		if err != nil {
			return nil, err
		}
		if f.Machine == elf.EM_BPF {
			return nil, errObject
		}
		s := f.Section(name)
		if s == nil || s.Type == elf.SHT_NOBITS {
			return nil, errNoBTF
		}
		all = io.LimitReader(s.Open(), maxBTF+1)
	}
	raw, err := io.ReadAll(all)
	switch {
	case err != nil:
		return nil, err
	case len(raw) > maxBTF:
		return nil, errTooLarge
	case len(raw) == 0:
		return nil, errNoBTF
	}
	return raw, nil
}

// parseBTF reads a kernel's raw BTF.
func parseBTF(raw []byte) (*types.Set, error) {
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	set := &types.Set{Spec: spec, Name: "vmlinux", Kernel: true}
	set.StringBytes, set.TypeCount = blobSizes(raw)
	return set, nil
}

// blobSizes returns the size of a blob's string table and the number of its types; zeros for a blob in
// another byte order or with kinds unknown here.
func blobSizes(raw []byte) (stringBytes, typeCount uint32) {
	const hdrSize = 24
	le := binary.LittleEndian
	if len(raw) < hdrSize || le.Uint16(raw) != 0xeb9f {
		return 0, 0
	}
	hdr, typeOff, typeLen, strLen := le.Uint32(raw[4:]), le.Uint32(raw[8:]), le.Uint32(raw[12:]), le.Uint32(raw[20:])
	start, end := uint64(hdr)+uint64(typeOff), uint64(hdr)+uint64(typeOff)+uint64(typeLen)
	if end > uint64(len(raw)) {
		return 0, 0
	}
	for t := raw[start:end]; len(t) >= 12; typeCount++ {
		info := le.Uint32(t[4:])
		kind, vlen := info>>24&0x1f, int(info&0xffff)
		size := 12
		switch kind {
		case 1, 14, 17: // int, var, decl_tag
			size += 4
		case 3: // array
			size += 12
		case 4, 5, 15, 19: // struct, union, datasec, enum64
			size += 12 * vlen
		case 6, 13: // enum, func_proto
			size += 8 * vlen
		case 2, 7, 8, 9, 10, 11, 12, 16, 18:
		default:
			return 0, 0
		}
		if size > len(t) {
			return 0, 0
		}
		t = t[size:]
	}
	return strLen, typeCount
}
