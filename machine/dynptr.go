package machine

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// dynptr is a dynptr of a run: bytes somewhere, of which it shows a part. Its own 16 bytes, in the program's frame, lie
// there as in the kernel, but what it is the machine knows by its address.
type dynptr struct {
	data      dynptrData // nil for a NULL dynptr
	off, size uint64     // of the part it shows
	readOnly  bool
	record    *ringRecord // of a ring buffer's, NULL or not: to be submitted or discarded
	file      *reading    // of a file's, NULL or not: to be discarded
	raw       [dynptrSize]byte
	at        place // where it was made
}

const (
	dynptrSize    = 16
	maxDynptrData = 1<<24 - 1 // bytes that a dynptr can show
)

// dynptrData are the bytes that dynptrs are for. Offsets count from their first.
type dynptrData interface {
	load(c *CPU, off uint64, to []byte) (abi.Errno, error)
	store(c *CPU, off uint64, from []byte, flags uint64) (abi.Errno, error)
	// slice is the address of n bytes at off; 0 if they don't lie in one piece.
	slice(c *CPU, off, n uint64) (uint64, error)
	// whole reports that they always lie in one piece, which programs may have the address of.
	whole() bool
}

// newDynptr makes the memory at an address a dynptr. One whose record is still to be submitted may not be lost by that.
func (c *CPU) newDynptr(addr uint64, d dynptr) error {
	to, err := c.m.mem.write(addr, dynptrSize)
	if err != nil {
		return err
	}
	if old := c.run.dynptrs[addr]; old != nil && old.holds() && bytes.Equal(to, old.raw[:]) {
		return badDynptr(addr, "the one made by %s, neither submitted nor discarded, would be overwritten", old.at.where())
	}
	if c.run.dynptrs == nil {
		c.run.dynptrs = map[uint64]*dynptr{}
	}
	d.at = c.here()
	c.run.dynptrs[addr] = &d
	d.write(to)
	return nil
}

// write brings the dynptr's own bytes up to date. Other than in the kernel they name no address: none would stay true.
func (d *dynptr) write(to []byte) {
	const readOnly = 1 << 31
	size := uint32(d.size)
	if d.readOnly {
		size |= readOnly
	}
	d.raw = [dynptrSize]byte{}
	if d.data != nil {
		binary.LittleEndian.PutUint64(d.raw[:], uint64(d.at.insn)+1)
		binary.LittleEndian.PutUint32(d.raw[8:], size)
		binary.LittleEndian.PutUint32(d.raw[12:], uint32(d.off))
	}
	copy(to, d.raw[:])
}

func badDynptr(addr uint64, format string, args ...any) error {
	return &Fault{Kind: BadDynptr, Addr: addr, Reason: fmt.Sprintf(format, args...)}
}

// dynptrAt is the dynptr at an address.
func (c *CPU) dynptrAt(addr uint64) (*dynptr, error) {
	d := c.run.dynptrs[addr]
	own, err := c.m.mem.read(addr, dynptrSize)
	switch {
	case err != nil:
		return nil, err
	case d == nil:
		return nil, badDynptr(addr, "none was made there")
	case !bytes.Equal(own, d.raw[:]):
		return nil, badDynptr(addr, "the one made by %s was overwritten", d.at.where())
	case (d.record != nil || d.file != nil) && !d.holds():
		return nil, badDynptr(addr, "the one made by %s is submitted or discarded", d.at.where())
	}
	return d, nil
}

// holds reports a dynptr that something is still to be done with.
func (d *dynptr) holds() bool {
	return d.record != nil && !d.record.ended || d.file != nil && !d.file.ended
}

// shows reports that a dynptr shows n bytes at off.
func (d *dynptr) shows(off, n uint64) bool { return n <= d.size && off <= d.size-n }

// refuses says why n bytes at off can't be read, or written; 0 if they can.
func (d *dynptr) refuses(write bool, off, n uint64) abi.Errno {
	switch {
	case d.data == nil || write && d.readOnly:
		return abi.EINVAL
	case !d.shows(off, n):
		return abi.E2BIG
	}
	return 0
}

// leakedDynptr says which dynptr a run still has to submit or discard; nil if none. One for a record is found by what the
// run owns.
func (r *run) leakedDynptr() error {
	for addr, d := range r.dynptrs {
		if d.holds() && (d.record == nil || d.record.block == nil) {
			return &Fault{Kind: Leak, Addr: addr, Reason: fmt.Sprintf("the dynptr made by %s is neither submitted nor discarded", d.at.where())}
		}
	}
	return nil
}

// plainData is memory as it stands: a program's own, or a record of a ring buffer.
type plainData struct{ addr uint64 }

func (p plainData) load(c *CPU, off uint64, to []byte) (abi.Errno, error) {
	from, err := c.m.mem.read(p.addr+off, uint32(len(to)))
	copy(to, from)
	return 0, err
}

func (p plainData) store(c *CPU, off uint64, from []byte, flags uint64) (abi.Errno, error) {
	if flags != 0 {
		return abi.EINVAL, nil
	}
	to, err := c.m.mem.write(p.addr+off, uint32(len(from)))
	copy(to, from)
	return 0, err
}

func (p plainData) slice(_ *CPU, off, _ uint64) (uint64, error) { return p.addr + off, nil }
func (plainData) whole() bool                                   { return true }
