package kmodel

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/btfpack"
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
	raw, _, err := readBTF(r)
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
	set.Digest = digest(raw)
	return set, nil
}

// digest tells data apart, in few characters.
func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// readBTF returns an ELF file's BTF and the distilled base of it, nil for none; of another file, all of it.
func readBTF(r io.ReaderAt) (raw, base []byte, err error) {
	var magic [len(elf.ELFMAG)]byte
	if n, err := r.ReadAt(magic[:], 0); n < len(magic) && err != io.EOF {
		return nil, nil, err
	}
	if string(magic[:]) != elf.ELFMAG {
		raw, err = readBounded(io.NewSectionReader(r, 0, maxBTF+1))
	} else {
		raw, base, err = sectionsBTF(r)
	}
	if err == nil && len(raw) == 0 {
		err = errNoBTF
	}
	return raw, base, err
}

func sectionsBTF(r io.ReaderAt) (raw, base []byte, err error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, nil, err
	}
	if f.Machine == elf.EM_BPF {
		return nil, nil, errObject
	}
	for _, s := range f.Sections {
		switch {
		case s.Type == elf.SHT_NOBITS:
		case s.Name == ".BTF":
			raw, err = readBounded(s.Open())
		case s.Name == ".BTF.base":
			base, err = readBounded(s.Open())
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return raw, base, nil
}

func readBounded(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBTF+1))
	if err == nil && len(data) > maxBTF {
		err = errTooLarge
	}
	return data, err
}

// parseBTF reads a kernel's raw BTF.
func parseBTF(raw []byte) (*types.Set, error) {
	l, err := loadBTF(raw)
	if err != nil {
		return nil, err
	}
	return vmlinux(func() types.Loaded { return l }), nil
}

// vmlinux is a kernel's set of types.
func vmlinux(read func() types.Loaded) *types.Set {
	set := types.Lazy(read)
	set.Name, set.Kernel = "vmlinux", true
	return set
}

func loadBTF(raw []byte) (types.Loaded, error) {
	spec, err := btf.LoadSpecFromReader(bytes.NewReader(raw))
	if err != nil {
		return types.Loaded{}, err
	}
	l := types.Loaded{Spec: spec}
	// What builds on it needs its sizes; of a blob in another byte order they stay unknown.
	if b, err := btfpack.Parse(raw); err == nil {
		if n, err := b.CountTypes(); err == nil {
			l.StringBytes, l.TypeCount = uint32(len(b.Strings)), n
		}
	}
	return l, nil
}
