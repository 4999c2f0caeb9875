package machine

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_dynptr_from_file":    dynptrFromFile,
		"bpf_dynptr_file_discard": dynptrFileDiscard,
	})
}

// reading is what a dynptr of a file holds until it is discarded.
type reading struct{ ended bool }

// dynptrFromFile makes r3 a dynptr for all of the file r1, to be discarded. It has no end: the file may become longer.
func dynptrFromFile(c *CPU, a *args) (uint64, error) {
	b, err := c.m.objectAt(a[0], "file")
	if err != nil {
		return 0, err
	}
	r := &reading{}
	if uint32(a[1]) != 0 {
		return narrow(abi.EINVAL), c.newDynptr(a[2], dynptr{file: r})
	}
	f := b.owner.(*File)
	return 0, c.newDynptr(a[2], dynptr{data: fileData{f.Data}, size: math.MaxUint64, readOnly: true, file: r})
}

func dynptrFileDiscard(c *CPU, a *args) (uint64, error) {
	d, err := c.dynptrAt(a[0])
	switch {
	case err != nil:
		return 0, err
	case d.file == nil:
		return 0, badDynptr(a[0], "the one made by %s is not for a file", d.at.where())
	}
	d.file.ended = true
	return 0, nil
}

// fileData are the bytes of a file.
type fileData struct{ data []byte }

func (f fileData) load(_ *CPU, off uint64, to []byte) (abi.Errno, error) {
	if off > uint64(len(f.data)) || uint64(len(to)) > uint64(len(f.data))-off {
		clear(to)
		return abi.EFAULT, nil
	}
	copy(to, f.data[off:])
	return 0, nil
}

func (fileData) store(*CPU, uint64, []byte, uint64) (abi.Errno, error) { return abi.EINVAL, nil }
func (fileData) slice(*CPU, uint64, uint64) (uint64, error)            { return 0, nil }
func (fileData) whole() bool                                           { return false }
