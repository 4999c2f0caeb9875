package machine

import (
	"bytes"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_dynptr_slice":      dynptrSlice,
		"bpf_dynptr_slice_rdwr": dynptrSliceWritable,
		"bpf_dynptr_adjust":     dynptrAdjust,
		"bpf_dynptr_is_null":    onDynptr(func(d *dynptr) uint64 { return truth(d.data == nil) }),
		"bpf_dynptr_is_rdonly":  onDynptr(func(d *dynptr) uint64 { return truth(d.data != nil && d.readOnly) }),
		"bpf_dynptr_size":       onDynptr(shownBytes),
		"bpf_dynptr_clone":      dynptrClone,
		"bpf_dynptr_copy":       dynptrCopy,
		"bpf_dynptr_memset":     dynptrMemset,
	})
}

// onDynptr makes a kernel function that says something about the dynptr r1.
func onDynptr(f func(*dynptr) uint64) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		d, err := c.dynptrAt(a[0])
		if err != nil {
			return 0, err
		}
		return f(d), nil
	}
}

func shownBytes(d *dynptr) uint64 {
	if d.data == nil {
		return narrow(abi.EINVAL)
	}
	return d.size
}

// dynptrSlice is the address of r4 bytes at offset r2 of the dynptr r1. Where they don't lie in one piece they are
// copied to r3, if that is not NULL.
func dynptrSlice(c *CPU, a *args) (uint64, error) { return c.sliceOf(a, false) }

func dynptrSliceWritable(c *CPU, a *args) (uint64, error) { return c.sliceOf(a, true) }

func (c *CPU) sliceOf(a *args, write bool) (uint64, error) {
	off, n := c.m.dynptrNumber(a[1]), c.m.dynptrNumber(a[3])
	d, err := c.dynptrAt(a[0])
	if err != nil || d.refuses(write, off, n) != 0 {
		return 0, err
	}
	at := d.off + off
	addr, err := d.data.slice(c, at, n)
	if err != nil || addr != 0 || a[2] == 0 {
		return addr, err
	}
	to, err := c.m.mem.write(a[2], uint32(n))
	if err != nil {
		return 0, err
	}
	if e, err := d.data.load(c, at, to); err != nil || e != 0 {
		return 0, err
	}
	return a[2], nil
}

// change writes a dynptr's own bytes anew.
func (c *CPU) change(addr uint64, d *dynptr) error {
	own, err := c.m.mem.write(addr, dynptrSize)
	if err == nil {
		d.write(own)
	}
	return err
}

// dynptrAdjust makes the dynptr r1 show what it does from r2 to before r3.
func dynptrAdjust(c *CPU, a *args) (uint64, error) {
	start, end := c.m.dynptrNumber(a[1]), c.m.dynptrNumber(a[2])
	d, err := c.dynptrAt(a[0])
	switch {
	case err != nil:
		return 0, err
	case d.data == nil || start > end:
		return narrow(abi.EINVAL), nil
	case end > d.size:
		return narrow(abi.ERANGE), nil
	}
	d.off, d.size = d.off+start, end-start
	return 0, c.change(a[0], d)
}

// dynptrClone makes r2 a dynptr for the same.
func dynptrClone(c *CPU, a *args) (uint64, error) {
	d, err := c.dynptrAt(a[0])
	switch {
	case err != nil:
		return 0, err
	case d.data == nil:
		return narrow(abi.EINVAL), c.newDynptr(a[1], dynptr{})
	}
	return 0, c.newDynptr(a[1], *d)
}

// dynptrCopy copies r5 bytes from offset r4 of the dynptr r3 to offset r2 of the dynptr r1.
func dynptrCopy(c *CPU, a *args) (uint64, error) {
	to, from, n := c.m.dynptrNumber(a[1]), c.m.dynptrNumber(a[3]), c.m.dynptrNumber(a[4])
	dst, err := c.dynptrAt(a[0])
	if err != nil {
		return 0, err
	}
	src, err := c.dynptrAt(a[2])
	if err != nil {
		return 0, err
	}
	noRead, noWrite := src.refuses(false, from, n), dst.refuses(true, to, n)
	switch {
	case noRead != 0 && noWrite != 0 && (!src.shows(from, n) || !dst.shows(to, n)):
		return narrow(abi.E2BIG), nil
	case noRead != 0:
		return narrow(noRead), nil
	case noWrite != 0:
		return narrow(noWrite), nil
	}
	b := make([]byte, n)
	e, err := src.data.load(c, src.off+from, b)
	if e == 0 && err == nil {
		e, err = dst.data.store(c, dst.off+to, b, 0)
	}
	return narrow(e), err
}

// dynptrMemset fills r3 bytes at offset r2 of the dynptr r1 with r4.
func dynptrMemset(c *CPU, a *args) (uint64, error) {
	off, n := c.m.dynptrNumber(a[1]), c.m.dynptrNumber(a[2])
	d, err := c.dynptrAt(a[0])
	switch {
	case err != nil:
		return 0, err
	case d.readOnly:
		return narrow(abi.EINVAL), nil
	case !d.shows(off, n):
		return narrow(abi.E2BIG), nil
	case n == 0:
		return 0, nil
	}
	e, err := d.data.store(c, d.off+off, bytes.Repeat([]byte{uint8(a[3])}, int(n)), 0)
	return narrow(e), err
}
