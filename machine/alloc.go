package machine

import "fmt"

// quarantine bounds what is freed and not yet used again: bytes and objects. Until then a stale pointer is
// caught with the name of what it pointed to.
const (
	quarantineBytes = 1 << 20
	quarantineCount = 1 << 12
)

// block is a piece of memory that programs know by an address.
type block struct {
	addr  uint64 // of its first byte
	size  uint32 // bytes that are valid
	room  uint32 // bytes it takes, with the gap behind it
	align uint32 // of its address
	index uint32 // into heap.blocks
	name  string
	view  view // nil for plain memory
	owner any  // what the machine knows of it, for the family that made it
	stack bool // frames, each with a generation of its own

	fields fields     // special fields in it
	own    *ownership // nil for what nobody can own

	birth, death place
	dead         bool
}

const (
	minAlign  = 16       // what addresses of objects are multiples of at least
	cacheLine = 64       // what those of larger ones are, so they lie in as few lines as can be
	slab      = 16 << 10 // bytes that are made into objects at once, if they are small
)

// shape tells pieces of memory that can stand for each other.
type shape struct{ room, align uint32 }

// heap hands out linear memory.
type heap struct {
	brk     uint64 // what lies above was never used
	blocks  []*block
	free    map[shape][]uint32 // offsets
	dead    []*block           // in order of death
	deadSum uint64
}

// errNoMemory is an allocation that would take linear memory beyond its limit.
var errNoMemory = fmt.Errorf("the programs need more than the %d MiB of memory that a machine has", limitMemory>>20)

// errFixedMemory is an allocation for which linear memory would have to move while CPUs run on it.
var errFixedMemory = fmt.Errorf("programs that run at the same time need more than the %d MiB of memory that are kept for them", spareMemory>>20)

// alloc gives zeroed memory of its own. What lies behind it belongs to nobody.
func (m *memory) alloc(size uint32, name string, at place) (*block, error) {
	return m.place(&block{size: size, align: minAlign, name: name, birth: at})
}

// allocAligned is alloc for memory whose address is a multiple of align, a power of two.
func (m *memory) allocAligned(size, align uint32, name string, at place) (*block, error) {
	return m.place(&block{size: size, align: align, name: name, birth: at})
}

// allocView gives an address range for which v answers.
func (m *memory) allocView(size uint32, v view, name string) (*block, error) {
	return m.place(&block{size: size, align: minAlign, name: name, view: v})
}

func (m *memory) place(o *block) (*block, error) {
	h := &m.heap
	if uint64(o.size) > limitMemory {
		return nil, errNoMemory
	}
	o.room = (o.size + granule + minAlign - 1) &^ (minAlign - 1)
	if o.room > cacheLine/2 {
		o.align = max(o.align, cacheLine)
	}
	s := shape{o.room, o.align}
	if len(h.free[s]) == 0 {
		if err := m.carve(s); err != nil {
			return nil, err
		}
	}
	off := h.reuse(s)
	gen := m.shadow[off>>granuleShift] & shadowGen
	if gen == 0 {
		gen = firstGen(off)
	}
	o.index = uint32(len(h.blocks))
	h.blocks = append(h.blocks, o)
	for g := off >> granuleShift; g < (off+o.room)>>granuleShift; g++ {
		m.owner[g] = o.index + 1
	}
	clear(m.buf[off : off+o.size])
	m.stamp(o, off, gen, 0)
	return o, nil
}

// carve makes free memory of a shape: a slab of it, if it is small, as what programs have many of is then together.
func (m *memory) carve(s shape) error {
	h := &m.heap
	up := func(n uint64) uint64 { return (n + uint64(s.align) - 1) &^ (uint64(s.align) - 1) }
	start, each := up(h.brk), up(uint64(s.room))
	n := max(slab/each, 1)
	end := start + (n-1)*each + uint64(s.room)
	switch {
	case end > limitMemory:
		return errNoMemory
	case m.fixed && end > uint64(len(m.buf)):
		return errFixedMemory
	}
	m.grow(end)
	h.brk = end
	if h.free == nil {
		h.free = map[shape][]uint32{}
	}
	for i := range n {
		h.free[s] = append(h.free[s], uint32(end-uint64(s.room)-i*each)) // the first is taken first
	}
	return nil
}

// firstGen is the generation of memory that was never used: neighbours differ.
func firstGen(off uint32) uint32 {
	h := off * 0x9e3779b1
	return max(h>>16, 1)
}

// stamp gives an object's granules a generation, and its address with it. state is shadowRO or 0.
func (m *memory) stamp(o *block, off, gen, state uint32) {
	if gen == shadowGen {
		gen = 1 // an address is never near the top, where error numbers are
	}
	o.addr = uint64(tag|gen)<<32 | uint64(off)
	if o.view != nil {
		state |= shadowView
	}
	for left, g := o.size, off>>granuleShift; left > 0; g++ {
		n := min(left, granule)
		left -= n
		if n == granule && state == 0 {
			m.shadow[g] = shadowPlain | gen
		} else {
			m.shadow[g] = (n|state)<<shadowState | gen
		}
	}
	m.guard(o)
}

// contain says which special fields a block has.
func (m *memory) contain(o *block, f fields) {
	o.fields = f
	m.guard(o)
}

// protect makes an object read-only to programs.
func (m *memory) protect(o *block) {
	m.stamp(o, uint32(o.addr), uint32(o.addr>>32)&shadowGen, shadowRO)
}

// renew gives an object a new address: pointers made before are stale.
func (m *memory) renew(o *block, at place) {
	m.stamp(o, uint32(o.addr), uint32(o.addr>>32)&shadowGen+1, 0)
	o.birth = at
}

// hide makes v answer for an object from now on.
func (m *memory) hide(o *block, v view) {
	o.view = v
	m.stamp(o, uint32(o.addr), uint32(o.addr>>32)&shadowGen, 0)
}

// release ends an object's life. Its memory is used again later.
func (m *memory) release(o *block, at place) {
	h := &m.heap
	o.dead, o.death, o.view = true, at, nil
	off := uint32(o.addr)
	gen := upper(o.addr)&shadowGen + 1
	if o.own != nil {
		gen = o.own.nextUpper(o) & shadowGen
	}
	for g := off >> granuleShift; g < (off+o.room)>>granuleShift; g++ {
		m.shadow[g] = gen & shadowGen
	}
	h.dead = append(h.dead, o)
	h.deadSum += uint64(o.room)
	for len(h.dead) > quarantineCount || h.deadSum > quarantineBytes {
		first := h.dead[0]
		h.dead = h.dead[1:]
		h.deadSum -= uint64(first.room)
		s := shape{first.room, first.align}
		h.free[s] = append(h.free[s], uint32(first.addr))
	}
}

// reuse takes free memory of a shape, of which there is some.
func (h *heap) reuse(s shape) uint32 {
	list := h.free[s]
	h.free[s] = list[:len(list)-1]
	return list[len(list)-1]
}

// blockAt returns the object that has the byte at off, or had it last; nil if none ever had.
func (m *memory) blockAt(off uint32) *block {
	g := off >> granuleShift
	if int(g) >= len(m.owner) || m.owner[g] == 0 {
		return nil
	}
	return m.heap.blocks[m.owner[g]-1]
}

// liveAt is the object that begins at an address; nil if none does, or none any more.
func (m *memory) liveAt(addr uint64) *block {
	if b := m.blockAt(uint32(addr)); b != nil && !b.dead && b.isAt(addr) {
		return b
	}
	return nil
}

// diagnose says what is wrong with an access that may not be. Whose address it is says its generation, not what
// lies there now.
func (m *memory) diagnose(addr uint64, n uint32, write bool) (FaultKind, *Object) {
	switch {
	case addr < nullPage:
		return NullPointer, nil
	case uint32(addr>>32) < tag:
		return WildPointer, nil
	}
	for i := len(m.heap.blocks) - 1; i >= 0; i-- {
		b := m.heap.blocks[i]
		at := int64(uint32(addr)) - int64(uint32(b.addr))
		inside := at >= 0 && at+int64(n) <= int64(b.size)
		newest := uint16(b.addr >> 32)
		if b.own != nil && b.own.last != 0 {
			newest = uint16(b.own.last)
		}
		switch age := newest - uint16(addr>>32); {
		case inside && b.stack:
			return m.diagnoseStack(addr), b.info()
		case b.dead && inside && (age == 0 || b.own != nil && age < recently):
			return UseAfterFree, b.info()
		case age == 0 && inside && write && m.shadow[uint32(addr)>>granuleShift]>>shadowState&shadowRO != 0:
			return ReadOnly, b.info()
		case inside && !b.dead && b.own != nil && age < recently: // by an address that is good no more, or now is to somebody else
			if b.own.lent.prog == nil {
				return UseAfterFree, b.info()
			}
			return Expired, b.info()
		case age == 0 && at > -farOff && at < int64(b.size)+farOff:
			return OutOfBounds, b.info()
		case age > 0 && age < recently && inside && !b.dead: // it got a new address
			return UseAfterFree, b.info()
		}
	}
	return WildPointer, nil
}

const (
	farOff   = 1 << 16 // bytes beside a block in which an address is taken for one that left it
	recently = 64      // generations back for which an address is taken for one that the same memory had
)

// diagnoseStack tells an address that left its frame from one whose frame is gone.
func (m *memory) diagnoseStack(addr uint64) FaultKind {
	if age := uint16(m.shadow[uint32(addr)>>granuleShift]) - uint16(addr>>32); age > 0 && age < recently {
		return UseAfterFree
	}
	return OutOfBounds
}
