package machine

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Negative offsets of packet loads count from a header.
const (
	skfNetOff = -0x100000
	skfLLOff  = -0x200000
)

// loadPacket reads size bytes of the packet, most significant first, into r0. Beyond the packet the function
// ends with r0 = 0.
func (c *CPU) loadPacket(offset uint32, size uint8) error {
	s := c.run.skb
	if s == nil {
		return &Fault{Kind: BadCode, Reason: "a load from the packet in a program that has none"}
	}
	b, ok := s.at(int64(int32(offset)), int64(size))
	if !ok {
		c.r[insn.R0] = 0
		return c.leave()
	}
	switch size {
	case 1:
		c.r[insn.R0] = uint64(b[0])
	case 2:
		c.r[insn.R0] = uint64(binary.BigEndian.Uint16(b))
	default:
		c.r[insn.R0] = uint64(binary.BigEndian.Uint32(b))
	}
	return nil
}

// at finds n bytes at an offset as packet loads count them.
func (s *skb) at(off, n int64) ([]byte, bool) {
	p, start := s.pkt, int64(0)
	switch {
	case off >= 0:
		off += int64(p.data)
		start = int64(p.data)
	case off >= skfNetOff:
		off += int64(s.network) - skfNetOff
	case off >= skfLLOff:
		off += int64(s.mac) - skfLLOff
	}
	if off < start || off+n > int64(p.end) {
		return nil, false
	}
	return p.all()[off : off+n], true
}
