package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// mayAccessPacket reports whether the program, or with c the helper it calls,
// may touch the packet (may_access_direct_pkt_data).
func (v *verifier) mayAccessPacket(c *call, a access) bool {
	p := v.rules
	if !v.k.MayAccessPacket(p, a == writeAccess) {
		return false
	}
	if c != nil && !v.k.PacketToAnyHelper(p) {
		return c.fn.PktAccess
	}
	return true
}

// accessPacket verifies a direct access to packet data or metadata.
func (v *verifier) accessPacket(m *memAccess) error {
	if m.write() && !v.mayAccessPacket(nil, writeAccess) {
		return v.Reject(abi.EACCES, "cannot write into packet")
	}
	if err := m.checkPacket(); err != nil {
		return err
	}
	v.loadUnknown(m)
	return nil
}

// checkPacket verifies a packet access against the range the program has
// compared with the packet's end (check_packet_access). The range already counts
// from behind the variable offset.
func (m *memAccess) checkPacket() error {
	r := m.reg
	if r.Smin < 0 {
		return m.negativeMin()
	}
	if r.Range < 0 {
		return m.Reject(abi.EINVAL, "R%d offset is outside of the packet", m.regno)
	}
	if err := m.checkPlace(m.off, uint32(r.Range)); err != nil {
		m.Verbose("R%d offset is outside of the packet", m.regno)
		return err
	}
	return nil
}
