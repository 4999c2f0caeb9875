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
	v, ok, err := c.packetAt(offset, size)
	if err != nil {
		return err
	}
	c.r[insn.R0] = uint64(v)
	if !ok {
		return c.leave()
	}
	return nil
}

// packetAt reads size bytes of the packet, most significant first; ok is false if the packet ends before.
func (c *CPU) packetAt(offset uint32, size uint8) (v uint32, ok bool, err error) {
	s := c.run.skb
	if s == nil {
		return 0, false, &Fault{Kind: BadCode, Reason: "a load from the packet in a program that has none"}
	}
	b, ok := s.at(int64(int32(offset)), int64(size))
	if !ok {
		return 0, false, nil
	}
	switch size {
	case 1:
		v = uint32(b[0])
	case 2:
		v = uint32(binary.BigEndian.Uint16(b))
	default:
		v = binary.BigEndian.Uint32(b)
	}
	return v, true, nil
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
