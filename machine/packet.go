package machine

import "math/bits"

// packet is a packet's bytes with room before and behind them. Programs may access what lies between meta and end.
type packet struct {
	m               *Machine
	obj             *block
	meta, data, end uint32 // offsets into obj
	pieces          []piece
}

// newPacket makes a packet of data with so much room before and behind it.
func (m *Machine) newPacket(data []byte, headroom, tailroom uint32) (*packet, error) {
	size := headroom + uint32(len(data)) + tailroom
	// As kmalloc does: addresses are multiples of the next power of two.
	align := max(minAlign, uint32(1)<<bits.Len32(max(size, 1)-1))
	o, err := m.mem.allocAligned(size, align, "packet", place{})
	if err != nil {
		return nil, err
	}
	p := &packet{m: m, obj: o, meta: headroom, data: headroom, end: headroom + uint32(len(data))}
	copy(p.all()[headroom:], data)
	m.mem.window(o, p.meta, p.end)
	return p, nil
}

// all are the bytes with the room around them.
func (p *packet) all() []byte {
	off := uint32(p.obj.addr)
	return p.m.mem.buf[off : off+p.obj.size]
}

// bytes are the packet's bytes, without what lies before data.
func (p *packet) bytes() []byte { return p.all()[p.data:p.end] }

// addr is the address of the byte at an offset into obj.
func (p *packet) addr(off uint32) uint64 { return p.obj.addr + uint64(off) }

// resize makes the packet longer or shorter at both ends. New bytes at the end are zeros. Where there is no room the
// packet gets other memory; moved is by how much offsets into it have grown then.
func (p *packet) resize(front, back int64, at place) (moved uint32, err error) {
	if front > int64(p.data) || int64(p.end)+back > int64(p.obj.size) {
		if moved, err = p.move(uint32(max(front, 0)), uint32(max(back, 0)), at); err != nil {
			return 0, err
		}
	}
	p.data = uint32(int64(p.data) - front)
	p.meta = p.data
	if back > 0 {
		clear(p.all()[p.end : int64(p.end)+back])
	}
	p.end = uint32(int64(p.end) + back)
	p.moved(at)
	return moved, nil
}

// move gives the packet memory with more room before and behind it.
func (p *packet) move(front, back uint32, at place) (uint32, error) {
	moved := roundUp(front)
	o, err := p.m.mem.alloc(p.obj.size+moved+back, "packet", at)
	if err != nil {
		return 0, err
	}
	old := p.all()
	was := p.obj
	p.obj = o
	copy(p.all()[moved:], old)
	p.m.mem.release(was, at)
	p.meta, p.data, p.end = p.meta+moved, p.data+moved, p.end+moved
	return moved, nil
}

// moved is called when meta, data or end have changed: pointers made before are stale.
func (p *packet) moved(at place) {
	p.m.mem.renew(p.obj, at)
	p.m.mem.window(p.obj, p.meta, p.end)
	for _, f := range p.pieces {
		p.m.mem.renew(f.block, at)
		p.m.mem.window(f.block, 0, f.n)
	}
}

// window makes only the bytes of an object from from to to, counted from its start, accessible.
func (m *memory) window(o *block, from, to uint32) {
	off, gen := uint32(o.addr), uint32(o.addr>>32)
	for at := uint32(0); at < o.size; at += granule {
		word := gen & shadowGen
		switch {
		case at+granule <= from || at >= to:
		case at+granule <= to:
			word = gen
		default:
			word |= (to - at) << shadowState
		}
		m.shadow[(off+at)>>granuleShift] = word
	}
}
