package machine

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerHelpers(map[string]implementation{
		"dynptr_from_mem":        dynptrFromMem,
		"dynptr_read":            dynptrRead,
		"dynptr_write":           dynptrWrite,
		"dynptr_data":            dynptrAddress,
		"ringbuf_reserve_dynptr": ringbufReserveDynptr,
		"ringbuf_submit_dynptr":  func(c *CPU, a *args) (uint64, error) { return c.endDynptr(a[0], false) },
		"ringbuf_discard_dynptr": func(c *CPU, a *args) (uint64, error) { return c.endDynptr(a[0], true) },
	})
}

// dynptrFromMem makes r4 a dynptr for r2 bytes at r1.
func dynptrFromMem(c *CPU, a *args) (uint64, error) {
	size := uint32(a[1])
	if _, err := c.m.mem.write(a[0], size); err != nil {
		return 0, err
	}
	switch {
	case size > maxDynptrData:
		return failure(abi.E2BIG), c.newDynptr(a[3], dynptr{})
	case a[2] != 0:
		return failure(abi.EINVAL), c.newDynptr(a[3], dynptr{})
	}
	return 0, c.newDynptr(a[3], dynptr{data: plainData{a[0]}, size: uint64(size)})
}

// dynptrRead copies r2 bytes to r1 from offset r4 of the dynptr r3.
func dynptrRead(c *CPU, a *args) (uint64, error) {
	n, off := uint32(a[1]), c.m.dynptrNumber(a[3])
	d, err := c.dynptrAt(a[2])
	if err != nil {
		return 0, err
	}
	to, err := c.m.mem.write(a[0], n)
	if err != nil {
		return 0, err
	}
	e := d.refuses(false, off, uint64(n))
	if a[4] != 0 {
		e = abi.EINVAL
	}
	if e != 0 {
		return failure(e), nil
	}
	return returned(d.data.load(c, d.off+off, to))
}

// dynptrWrite copies r4 bytes from r3 to offset r2 of the dynptr r1.
func dynptrWrite(c *CPU, a *args) (uint64, error) {
	off, n := c.m.dynptrNumber(a[1]), uint32(a[3])
	d, err := c.dynptrAt(a[0])
	if err != nil {
		return 0, err
	}
	from, err := c.m.mem.read(a[2], n)
	if err != nil {
		return 0, err
	}
	if e := d.refuses(true, off, uint64(n)); e != 0 {
		return failure(e), nil
	}
	return returned(d.data.store(c, d.off+off, from, a[4]))
}

// dynptrAddress is the address of r3 bytes at offset r2 of the dynptr r1; NULL for what may not be in one piece.
func dynptrAddress(c *CPU, a *args) (uint64, error) {
	off, n := c.m.dynptrNumber(a[1]), c.m.dynptrNumber(a[2])
	d, err := c.dynptrAt(a[0])
	if err != nil || d.refuses(true, off, n) != 0 || !d.data.whole() {
		return 0, err
	}
	return d.data.slice(c, d.off+off, n)
}

// dynptrNumber is an offset or length in a register: 32 bits of it, as 6.18 has them, or 64, as later kernels do.
func (m *Machine) dynptrNumber(v uint64) uint64 {
	_, f := m.k.Types().FindFunc("bpf_dynptr_adjust")
	if f != nil {
		if p, ok := f.Type.(*btf.FuncProto); ok && len(p.Params) > 1 {
			if n, err := btf.Sizeof(p.Params[1].Type); err == nil && n == 8 {
				return v
			}
		}
	}
	return uint64(uint32(v))
}

// ringbufReserveDynptr makes r4 a dynptr for a new record of r2 bytes of the ring buffer r1, NULL if it has no room.
func ringbufReserveDynptr(c *CPU, a *args) (uint64, error) {
	size := uint32(a[1])
	ring, err := c.ringbufAt(a[0])
	if err != nil {
		return 0, err
	}
	e := abi.Errno(0)
	rec := &ringRecord{ring: ring}
	switch {
	case a[2] != 0:
		e = abi.EINVAL
	case size > maxDynptrData:
		e = abi.E2BIG
	default:
		if rec, err = c.reserve(ring, uint64(size)); err != nil {
			return 0, err
		}
		if rec != nil {
			return 0, c.newDynptr(a[3], dynptr{data: plainData{rec.block.addr}, size: uint64(size), record: rec})
		}
		e, rec = abi.EINVAL, &ringRecord{ring: ring}
	}
	return failure(e), c.newDynptr(a[3], dynptr{record: rec})
}

// endDynptr submits or discards the record of a dynptr, which is good for nothing then, as are its clones.
func (c *CPU) endDynptr(addr uint64, discard bool) (uint64, error) {
	d, err := c.dynptrAt(addr)
	switch {
	case err != nil:
		return 0, err
	case d.record == nil:
		return 0, badDynptr(addr, "the one made by %s is not for a record of a ring buffer", d.at.where())
	case d.record.block == nil:
		d.record.ended = true
		return c.r[0], nil
	}
	return c.r[0], c.endRecord(d.record, discard)
}
