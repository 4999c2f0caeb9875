package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

// A packet of an XDP program may have more pages than its first. Programs see data and data_end of that one, and reach
// the others by helpers and dynptrs.

// piece is one page more of a packet.
type piece struct {
	*block
	n uint32 // bytes of it that the packet has
}

// maxPieces is how many there may be (MAX_SKB_FRAGS).
const maxPieces = 17

func (p *packet) addPiece(data []byte) error {
	b, err := p.m.mem.alloc(pageSize, "piece of packet", place{})
	if err != nil {
		return err
	}
	copy(p.m.mem.buf[uint32(b.addr):], data)
	p.pieces = append(p.pieces, piece{b, uint32(len(data))})
	p.m.mem.window(b, 0, uint32(len(data)))
	return nil
}

// bytesOf are a piece's bytes.
func (p *packet) bytesOf(f piece) []byte { return p.m.mem.buf[uint32(f.addr):][:f.n] }

// total is the packet's length with all its pieces.
func (p *packet) total() uint32 {
	n := p.end - p.data
	for _, f := range p.pieces {
		n += f.n
	}
	return n
}

// partErrno is what is wrong with n bytes at off; 0 if the packet has them.
func (p *packet) partErrno(off, n uint64) abi.Errno {
	const most = 0xffff
	switch {
	case off > most || n > most:
		return abi.EFAULT
	case off+n > uint64(p.total()):
		return abi.EINVAL
	}
	return 0
}

// each calls f with the parts of n bytes at off, in order, each in one piece.
func (p *packet) each(off, n uint32, f func(part []byte)) {
	parts := [][]byte{p.bytes()}
	for _, piece := range p.pieces {
		parts = append(parts, p.bytesOf(piece))
	}
	for _, part := range parts {
		if size := uint32(len(part)); off >= size {
			off -= size
			continue
		}
		part = part[off:]
		part = part[:min(n, uint32(len(part)))]
		if n -= uint32(len(part)); len(part) > 0 {
			f(part)
		}
		off = 0
	}
}

func (p *packet) copyOut(off uint32, to []byte) {
	p.each(off, uint32(len(to)), func(part []byte) { to = to[copy(to, part):] })
}

func (p *packet) copyIn(off uint32, from []byte) {
	p.each(off, uint32(len(from)), func(part []byte) { from = from[copy(part, from):] })
}

// pointer is the address of n bytes at off; 0 if they don't lie in one piece.
func (p *packet) pointer(off, n uint32) uint64 {
	addr, size := p.addr(p.data), p.end-p.data
	for _, f := range p.pieces {
		if off < size {
			break
		}
		off -= size
		addr, size = f.addr, f.n
	}
	if off+n > size {
		return 0
	}
	return addr + uint64(off)
}

// adjustPieces makes a packet of several pieces longer or shorter at its end.
func (p *packet) adjustPieces(off int64) abi.Errno {
	last := &p.pieces[len(p.pieces)-1]
	if off >= 0 {
		if off > pageSize-int64(last.n) {
			return abi.EINVAL
		}
		clear(p.m.mem.buf[uint32(last.addr)+last.n:][:off])
		last.n += uint32(off)
		return 0
	}
	if less := -off; less > int64(p.total())-ethHeader {
		return abi.EINVAL
	}
	less := uint32(-off)
	for less > 0 && len(p.pieces) > 0 {
		last := &p.pieces[len(p.pieces)-1]
		n := min(less, last.n)
		last.n -= n
		less -= n
		if last.n == 0 {
			p.m.mem.release(last.block, place{})
			p.pieces = p.pieces[:len(p.pieces)-1]
		}
	}
	p.end -= less
	return 0
}
