package machine

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// An address has 64 bits: the offset into linear memory below, and above 0xffff and the generation of the
// object it was made for. So arithmetic, comparisons and printing of pointers work as in the kernel, and a
// pointer that is stale or has left its object finds memory of another generation.
const (
	granuleShift = 3
	granule      = 1 << granuleShift // bytes that share a generation

	// tag is what the upper half of every address begins with.
	tag = 0xffff << 16
)

// A shadow word describes a granule: its generation below and what may be done with it above. For a whole
// granule of plain memory it equals the upper half of addresses to it, so one comparison checks an access.
const (
	shadowGen   = 0xffff
	shadowPlain = tag     // all bytes valid, readable and writable
	shadowCount = 0xf     // else: how many bytes are valid, from the first
	shadowRO    = 1 << 4  // programs may not write
	shadowView  = 1 << 5  // a view answers for accesses
	shadowState = 16      // where these bits begin
	nullPage    = 1 << 16 // bytes below which nothing is allocated
)

// initialMemory is how many bytes of linear memory there are at first, limitMemory how many there may be.
const (
	initialMemory = 1 << 20
	limitMemory   = 1 << 31
)

// A view is memory that is no bytes: contexts and sockets as programs see them. Offsets count from its start.
type view interface {
	load(off, size uint32) (uint64, bool)
	store(off, size uint32, val uint64) bool
}

// Memory is the linear memory of a machine with its shadow.
type memory struct {
	buf    []byte
	shadow []uint32 // one word a granule
	owner  []uint32 // one word a granule: 1 + index into objects of who has it, or had it last
	heap   heap
	arena  *arena // nil until there is one
	open   bool   // any byte may be accessed: there is no shadow
	fixed  bool   // it may not become longer
}

func newMemory() *memory {
	m := &memory{}
	m.grow(initialMemory)
	m.heap.brk = nullPage
	return m
}

// grow makes linear memory at least n bytes long.
func (m *memory) grow(n uint64) {
	size := max(uint64(len(m.buf)), initialMemory)
	for size < n {
		size *= 2
	}
	m.buf = append(m.buf, make([]byte, size-uint64(len(m.buf)))...)
	m.shadow = append(m.shadow, make([]uint32, size>>granuleShift-uint64(len(m.shadow)))...)
	m.owner = append(m.owner, make([]uint32, size>>granuleShift-uint64(len(m.owner)))...)
}

// quick gives the offset of size bytes, at most a granule, that are plain memory: the shadow word equals the upper half of
// the address. All else is looked at closely.
func (m *memory) quick(addr uint64, size uint32) (off uint32, ok bool) {
	off = uint32(addr)
	g := off >> granuleShift
	return off, addr >= tag<<32 && int(g) < len(m.shadow) && m.shadow[g] == uint32(addr>>32) && off&(granule-1) <= granule-size
}

// load reads size bytes, 1, 2, 4 or 8, as a little-endian number.
func (m *memory) load(addr uint64, size uint32) (uint64, error) {
	off, ok := m.quick(addr, size)
	if !ok {
		b, v, err := m.slow(addr, size, false)
		switch {
		case err != nil:
			return 0, err
		case v != nil:
			return v.load(addr, size)
		}
		return number(b), nil
	}
	return number(m.buf[off : off+size]), nil
}

// store writes the low size bytes of a number, 1, 2, 4 or 8, as little-endian.
func (m *memory) store(addr uint64, size uint32, val uint64) error {
	off, ok := m.quick(addr, size)
	if !ok {
		b, v, err := m.slow(addr, size, true)
		switch {
		case err != nil:
			return err
		case v != nil:
			return v.store(addr, size, val)
		}
		putNumber(b, val)
		return nil
	}
	putNumber(m.buf[off:off+size], val)
	return nil
}

// read gives n bytes that a program may read, as they lie in memory: good until the next allocation.
func (m *memory) read(addr uint64, n uint32) ([]byte, error) { return m.plain(addr, n, false) }

// write gives n bytes that a program may write.
func (m *memory) write(addr uint64, n uint32) ([]byte, error) { return m.plain(addr, n, true) }

func (m *memory) plain(addr uint64, n uint32, write bool) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	if n <= granule {
		if off, ok := m.quick(addr, n); ok {
			return m.buf[off : off+n], nil
		}
	}
	b, v, err := m.slow(addr, n, write)
	if err == nil && v != nil {
		err = v.fault(addr, n, write, "can't be passed as memory")
	}
	return b, err
}

// viewed is a view and the object it answers for.
type viewed struct {
	view
	obj *block
}

func (v *viewed) load(addr uint64, size uint32) (uint64, error) {
	val, ok := v.view.load(uint32(addr)-uint32(v.obj.addr), size)
	if !ok {
		return 0, v.fault(addr, size, false, "has no field there")
	}
	return val, nil
}

func (v *viewed) store(addr uint64, size uint32, val uint64) error {
	if !v.view.store(uint32(addr)-uint32(v.obj.addr), size, val) {
		return v.fault(addr, size, true, "has no field to write there")
	}
	return nil
}

func (v *viewed) fault(addr uint64, size uint32, write bool, why string) error {
	return &Fault{Kind: BadAccess, Addr: addr, Size: size, Write: write, Object: v.obj.info(), Reason: why}
}

// slow checks an access granule by granule. Of plain memory it returns the bytes, else who answers for it.
func (m *memory) slow(addr uint64, n uint32, write bool) ([]byte, *viewed, error) {
	off, end := uint64(uint32(addr)), uint64(uint32(addr))+uint64(n)
	switch {
	case end > uint64(len(m.buf)):
		return m.elsewhere(addr, n, write)
	case m.open:
		return m.buf[off:end], nil, nil
	}
	gen := uint32(addr >> 32)
	for g := off >> granuleShift; g <= (end-1)>>granuleShift; g++ {
		s := m.shadow[g]
		if s == gen && s&shadowPlain == shadowPlain {
			continue
		}
		state := s >> shadowState
		count := uint64(state & shadowCount)
		switch {
		case gen&shadowPlain != shadowPlain || (s^gen)&shadowGen != 0 || count == 0 || min(end, (g+1)<<granuleShift) > g<<granuleShift+count:
			return m.elsewhere(addr, n, write)
		case state&shadowView != 0:
			o := m.blockAt(uint32(addr))
			return nil, &viewed{o.view, o}, nil
		case state&shadowRO != 0 && write:
			return nil, nil, m.fault(addr, n, write)
		}
	}
	return m.buf[off:end], nil, nil
}

// elsewhere answers for an access that is not to an object, or by another of its addresses than the block's.
func (m *memory) elsewhere(addr uint64, n uint32, write bool) ([]byte, *viewed, error) {
	if b := m.blockAt(uint32(addr)); b != nil && b.own != nil && !b.dead && slices.Contains(b.own.others, upper(addr)) {
		return m.slow(b.at(upper(b.addr), uint32(addr)-uint32(b.addr)), n, write)
	}
	if m.arena != nil && m.arena.has(addr) {
		return nil, &viewed{m.arena, m.arena.whole}, nil
	}
	return nil, nil, m.fault(addr, n, write)
}

// fault says what is wrong with an access.
func (m *memory) fault(addr uint64, n uint32, write bool) error {
	f := &Fault{Addr: addr, Size: n, Write: write}
	f.Kind, f.Object = m.diagnose(addr, n, write)
	return f
}

func number(b []byte) uint64 {
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case 8:
		return binary.LittleEndian.Uint64(b)
	}
	panic(fmt.Sprintf("a number of %d bytes", len(b)))
}

func putNumber(b []byte, v uint64) {
	switch len(b) {
	case 1:
		b[0] = uint8(v)
	case 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case 4:
		binary.LittleEndian.PutUint32(b, uint32(v))
	case 8:
		binary.LittleEndian.PutUint64(b, v)
	default:
		panic(fmt.Sprintf("a number of %d bytes", len(b)))
	}
}
