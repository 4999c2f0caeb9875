package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// accessMem verifies an access to a sized memory region (PTR_TO_MEM).
func (v *verifier) accessMem(m *memAccess) error {
	t := m.reg.Type
	rdonly := t&abi.MEM_RDONLY != 0
	if t.MaybeNull() {
		return m.invalid()
	}
	if m.write() && rdonly {
		return m.cannotWrite()
	}
	// Loads through untrusted memory survive a fault, so any place will do.
	if !rdonly || t&abi.PTR_UNTRUSTED == 0 {
		if err := m.checkRegion(m.reg.MemSize); err != nil {
			return err
		}
	}
	v.loadUnknown(m)
	return nil
}

// checkRegion verifies that an access, wherever the register's variable offset points, lies in a region
// of memSize bytes (check_mem_region_access).
func (m *memAccess) checkRegion(memSize uint32) error {
	r := m.reg
	if m.Level > 0 {
		m.Touches(m.st)
	}
	if lo := r.Smin; lo < 0 {
		sum := int64(m.off) + lo
		if sum < 0 || sum != int64(int32(sum)) {
			return m.negativeMin()
		}
	}
	if err := m.checkPlace(int(int32(r.Smin)+int32(m.off)), memSize); err != nil {
		m.Verbose("R%d min value is outside of the allowed memory range", m.regno)
		return err
	}
	if r.UMax() >= maxVarOff {
		return m.Reject(abi.EACCES, "R%d unbounded memory access, make sure to bounds check any such access", m.regno)
	}
	if err := m.checkPlace(int(r.UMax())+m.off, memSize); err != nil {
		m.Verbose("R%d max value is outside of the allowed memory range", m.regno)
		return err
	}
	return nil
}

func (m *memAccess) negativeMin() error {
	return m.Reject(abi.EACCES, "R%d min value is negative, either use unsigned index or do a if (index >=0) check.", m.regno)
}

// checkPlace verifies an access at one fixed place of a region.
func (m *memAccess) checkPlace(off int, memSize uint32) error {
	size := m.size
	if off >= 0 && (size > 0 || size == 0 && m.zeroOK) && uint64(off)+uint64(size) <= uint64(memSize) {
		return nil
	}
	switch m.reg.Type {
	case abi.PTR_TO_MAP_KEY:
		return m.Reject(abi.EACCES, "invalid access to map key, key_size=%d off=%d size=%d", memSize, off, size)
	case abi.PTR_TO_MAP_VALUE:
		return m.Reject(abi.EACCES, "invalid access to map value, value_size=%d off=%d size=%d", memSize, off, size)
	case abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META, abi.PTR_TO_PACKET_END:
		return m.Reject(abi.EACCES, "invalid access to packet, off=%d size=%d, R%d(id=%d,off=%d,r=%d)",
			off, size, m.regno, m.reg.ID, off, memSize)
	case abi.PTR_TO_CTX:
		return m.Reject(abi.EACCES, "invalid access to context, ctx_size=%d off=%d size=%d", memSize, off, size)
	}
	return m.Reject(abi.EACCES, "invalid access to memory, mem_size=%d off=%d size=%d", memSize, off, size)
}

// accessTPBuffer verifies an access to a writable tracepoint's buffer, whose real
// size is known only when the program is attached.
func (v *verifier) accessTPBuffer(m *memAccess) error {
	if err := m.checkBufOffset("tracepoint"); err != nil {
		return err
	}
	v.loadUnknown(m)
	return nil
}

// accessBuf verifies an access to an iterator's buffer (PTR_TO_BUF).
func (v *verifier) accessBuf(m *memAccess) error {
	if err := m.checkBuf(); err != nil {
		return err
	}
	v.loadUnknown(m)
	return nil
}

// checkBuf verifies a direct or helper access to a buffer, whose real size too is known
// only when the program is attached.
func (m *memAccess) checkBuf() error {
	name := "rdwr"
	if m.reg.Type&abi.MEM_RDONLY != 0 {
		if m.write() {
			return m.cannotWrite()
		}
		name = "rdonly"
	}
	return m.checkBufOffset(name)
}

func (m *memAccess) checkBufOffset(name string) error {
	if m.k.Has(kmodel.VarOffOffsets) {
		switch at, fixed := m.reg.FixedOff(); {
		case !fixed:
			return m.Reject(abi.EACCES, "R%d invalid variable buffer offset: off=%d, var_off=%s", m.regno, m.off, m.reg.Var)
		case at+m.off < 0:
			return m.Reject(abi.EACCES, "R%d invalid negative %s buffer offset: off=%d, var_off=%d", m.regno, name, m.off, at)
		}
		return nil
	}
	if m.off < 0 {
		return m.Reject(abi.EACCES, "R%d invalid %s buffer access: off=%d, size=%d", m.regno, name, m.off, m.size)
	}
	if !m.reg.Var.Equals(0) {
		return m.Reject(abi.EACCES, "R%d invalid variable buffer offset: off=%d, var_off=%s", m.regno, m.off, m.reg.Var)
	}
	return nil
}

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
	if m.k.Has(kmodel.VarOffOffsets) {
		if r.Range < 0 {
			return m.Reject(abi.EINVAL, "R%d offset is outside of the packet", m.regno)
		}
		return m.checkRegion(uint32(r.Range))
	}
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
