package machine

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){abi.MAP_TYPE_ARENA: newArena})
	registerKfuncs(map[string]implementation{
		"bpf_arena_alloc_pages": arenaAllocPages,
		"bpf_arena_free_pages":  arenaFreePages,
	})
}

// arena is sparse memory that programs share with user space, whose addresses they use: only the lower half of an
// address counts. What has no page reads as zeros, and a write there is lost.
type arena struct {
	noMap
	mp    *Map
	base  uint64   // user address of the first byte
	pages []*block // nil where there is none
	whole *block   // stands for the arena as an object
}

// arenaBase is where user space maps an arena that names no address.
const arenaBase = 0x7f0000000000

func newArena(mp *Map) (mapImpl, error) {
	if mp.def.MaxEntries > 1<<20 {
		return nil, unsupported("arenas of more than 4 GiB (map %s)", mp.def.Name)
	}
	a := &arena{mp: mp, base: mp.def.MapExtra, pages: make([]*block, mp.def.MaxEntries)}
	if a.base == 0 {
		a.base = arenaBase
	}
	a.whole = &block{addr: a.base, name: "arena " + mp.def.Name, view: a}
	if mp.m.mem.arena != nil {
		return nil, unsupported("two arenas in one machine")
	}
	for i := 0; i*pageSize < len(mp.def.Data); i++ {
		if err := a.addPage(nil, uint64(i)); err != nil {
			return nil, err
		}
		copy(mp.m.mem.buf[uint32(a.pages[i].addr):][:pageSize], mp.def.Data[i*pageSize:])
	}
	mp.m.mem.arena = a
	return a, nil
}

func (a *arena) addPage(c *CPU, i uint64) (err error) {
	a.pages[i], err = a.mp.m.mem.alloc(pageSize, "page of arena "+a.mp.def.Name, c.here())
	return err
}

func (a *arena) direct() (uint64, error) { return a.base, nil }

// has reports whether an address may be one of the arena's: by its lower half, or a sum of it that has overflowed.
func (a *arena) has(addr uint64) bool {
	hi := uint32(addr >> 32)
	return hi <= 1 || hi == 1<<32-1 || hi == uint32(a.base>>32)
}

// at is the byte at an offset, nil where there is no page.
func (a *arena) at(off uint32) *byte {
	i := off / pageSize
	if i >= uint32(len(a.pages)) || a.pages[i] == nil {
		return nil
	}
	return &a.mp.m.mem.buf[uint32(a.pages[i].addr)+off%pageSize]
}

func (a *arena) load(off, size uint32) (val uint64, ok bool) {
	for i := range size {
		if b := a.at(off + i); b != nil {
			val |= uint64(*b) << (8 * i)
		}
	}
	return val, true
}

func (a *arena) store(off, size uint32, val uint64) bool {
	for i := range size {
		if b := a.at(off + i); b != nil {
			*b = byte(val >> (8 * i))
		}
	}
	return true
}

// castArena casts an address between an arena's address spaces, as imm says: to a kernel's from user space's, of which
// the lower half is left, or the other way.
func (m *Machine) castArena(addr, imm uint64) (uint64, error) {
	low := uint64(uint32(addr))
	switch {
	case m.mem.arena == nil:
		return 0, &Fault{Kind: BadCode, Reason: "an address space cast in a program without arena"}
	case low == 0:
		return 0, nil
	}
	return m.castBase(imm) | low, nil
}

// castBase is the upper half of what a cast gives for an address that is not NULL.
func (m *Machine) castBase(imm uint64) uint64 {
	const toUser = 1 << 16
	if imm != toUser || m.mem.arena == nil {
		return 0
	}
	return m.mem.arena.base &^ 0xffffffff
}

func (c *CPU) arenaAt(addr uint64) (*arena, error) {
	_, a, err := mapLike[*arena](c.m, addr, "not an arena")
	return a, err
}

// arenaAllocPages makes r3 pages, at r2 if that is not NULL, and returns their user address; NULL if there is no room.
func arenaAllocPages(c *CPU, r *args) (uint64, error) {
	a, err := c.arenaAt(r[0])
	if err != nil {
		return 0, err
	}
	count := uint64(uint32(r[2]))
	first, ok := a.room(r[1], count)
	if !ok || r[4] != 0 || count == 0 {
		return 0, nil
	}
	for i := range count {
		if err := a.addPage(c, first+i); err != nil {
			return 0, err
		}
	}
	return a.base + first*pageSize, nil
}

// room finds so many pages in a row that are not there: at an address, or the smallest gap that they fit in.
func (a *arena) room(addr, count uint64) (first uint64, ok bool) {
	total := uint64(len(a.pages))
	if count > total {
		return 0, false
	}
	if addr != 0 {
		first = uint64(uint32(addr)-uint32(a.base)) / pageSize
		return first, addr%pageSize == 0 && first <= total-count && a.gap(first) >= count
	}
	best := total + 1
	for i := uint64(0); i < total; {
		n := a.gap(i)
		if n >= count && n < best {
			first, best = i, n
		}
		i += n + 1
	}
	return first, best <= total
}

// gap is how many pages from one on are not there.
func (a *arena) gap(i uint64) uint64 {
	n := uint64(0)
	for i+n < uint64(len(a.pages)) && a.pages[i+n] == nil {
		n++
	}
	return n
}

func arenaFreePages(c *CPU, r *args) (uint64, error) {
	a, err := c.arenaAt(r[0])
	if err != nil {
		return 0, err
	}
	first := uint64(uint32(r[1])-uint32(a.base)) / pageSize
	for i := first; i < first+uint64(uint32(r[2])) && i < uint64(len(a.pages)); i++ {
		if a.pages[i] != nil {
			c.m.mem.release(a.pages[i], c.here())
			a.pages[i] = nil
		}
	}
	return c.r[0], nil
}
