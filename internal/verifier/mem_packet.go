package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// mayAccessPacket reports whether the program, or with meta the helper it calls,
// may touch the packet (may_access_direct_pkt_data).
func (v *verifier) mayAccessPacket(meta *callMeta, a access) bool {
	p := v.rules
	if !v.k.MayAccessPacket(p, a == writeAccess) {
		return false
	}
	if meta != nil && !v.k.PacketToAnyHelper(p) {
		return meta.pktAccess
	}
	return true
}

// accessPacket verifies a direct access to packet data or metadata.
func (v *verifier) accessPacket(m *memAccess) error {
	if m.write() && !v.mayAccessPacket(nil, writeAccess) {
		return v.Reject(abi.EACCES, "cannot write into packet")
	}
	if err := v.checkPacketAccess(m.regno, m.off, m.size, false); err != nil {
		return err
	}
	v.loadUnknown(m)
	return nil
}

// checkPacketAccess verifies a packet access against the range the program has
// compared with the packet's end (check_packet_access). The range already counts
// from behind the variable offset.
func (v *verifier) checkPacketAccess(regno, off, size int, zeroAllowed bool) error {
	r := &v.regs()[regno]
	if r.Smin < 0 {
		return v.negativeMin(regno)
	}
	if r.Range < 0 {
		return v.Reject(abi.EINVAL, "R%d offset is outside of the packet", regno)
	}
	if err := v.checkInRegion(regno, off, size, uint32(r.Range), zeroAllowed); err != nil {
		v.Verbose("R%d offset is outside of the packet", regno)
		return err
	}
	return nil
}
