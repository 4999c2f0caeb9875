package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// accessMem verifies an access to a sized memory region (PTR_TO_MEM).
func (v *verifier) accessMem(m *memAccess) error {
	t := m.reg.Type
	rdonly := t&abi.MEM_RDONLY != 0
	if t.MaybeNull() {
		return v.Reject(abi.EACCES, "R%d invalid mem access '%s'", m.regno, t)
	}
	if m.write() && rdonly {
		return v.cannotWrite(m.regno, t)
	}
	// Loads through untrusted memory survive a fault, so any place will do.
	if !rdonly || t&abi.PTR_UNTRUSTED == 0 {
		if err := v.checkMemRegionAccess(m.regno, m.off, m.size, m.reg.MemSize, false); err != nil {
			return err
		}
	}
	v.loadUnknown(m)
	return nil
}

// checkMemRegionAccess verifies that size bytes at off from regno, wherever its
// variable offset points, lie in a region of memSize bytes (check_mem_region_access).
func (v *verifier) checkMemRegionAccess(regno, off, size int, memSize uint32, zeroAllowed bool) error {
	r := &v.regs()[regno]
	if lo := r.Smin; lo < 0 {
		sum := int64(off) + lo
		if sum < 0 || sum != int64(int32(sum)) {
			return v.negativeMin(regno)
		}
	}
	if err := v.checkInRegion(regno, int(int32(r.Smin)+int32(off)), size, memSize, zeroAllowed); err != nil {
		v.Verbose("R%d min value is outside of the allowed memory range", regno)
		return err
	}
	if r.Umax >= maxVarOff {
		return v.Reject(abi.EACCES, "R%d unbounded memory access, make sure to bounds check any such access", regno)
	}
	if err := v.checkInRegion(regno, int(r.Umax)+off, size, memSize, zeroAllowed); err != nil {
		v.Verbose("R%d max value is outside of the allowed memory range", regno)
		return err
	}
	return nil
}

func (v *verifier) negativeMin(regno int) error {
	return v.Reject(abi.EACCES, "R%d min value is negative, either use unsigned index or do a if (index >=0) check.", regno)
}

// checkInRegion verifies one fixed place against a region.
func (v *verifier) checkInRegion(regno, off, size int, memSize uint32, zeroAllowed bool) error {
	if off >= 0 && (size > 0 || size == 0 && zeroAllowed) && uint64(off)+uint64(size) <= uint64(memSize) {
		return nil
	}
	r := &v.regs()[regno]
	switch r.Type {
	case abi.PTR_TO_MAP_KEY:
		return v.Reject(abi.EACCES, "invalid access to map key, key_size=%d off=%d size=%d", memSize, off, size)
	case abi.PTR_TO_MAP_VALUE:
		return v.Reject(abi.EACCES, "invalid access to map value, value_size=%d off=%d size=%d", memSize, off, size)
	case abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META, abi.PTR_TO_PACKET_END:
		return v.Reject(abi.EACCES, "invalid access to packet, off=%d size=%d, R%d(id=%d,off=%d,r=%d)",
			off, size, regno, r.ID, off, memSize)
	}
	return v.Reject(abi.EACCES, "invalid access to memory, mem_size=%d off=%d size=%d", memSize, off, size)
}

// accessTPBuffer verifies an access to a writable tracepoint's buffer, whose real
// size is known only when the program is attached.
func (v *verifier) accessTPBuffer(m *memAccess) error {
	if err := v.checkBufOffset("tracepoint", m.reg, m.regno, m.off, m.size); err != nil {
		return err
	}
	v.loadUnknown(m)
	return nil
}

// accessBuf verifies an access to an iterator's buffer (PTR_TO_BUF).
func (v *verifier) accessBuf(m *memAccess) error {
	if err := v.checkBuf(m.reg, m.regno, m.off, m.size, m.dir); err != nil {
		return err
	}
	v.loadUnknown(m)
	return nil
}

// checkBuf verifies a direct or helper access to a buffer, whose real size too is known
// only when the program is attached.
func (v *verifier) checkBuf(r *state.Reg, regno, off, size int, a access) error {
	name := "rdwr"
	if r.Type&abi.MEM_RDONLY != 0 {
		if a == writeAccess {
			return v.cannotWrite(regno, r.Type)
		}
		name = "rdonly"
	}
	return v.checkBufOffset(name, r, regno, off, size)
}

func (v *verifier) checkBufOffset(name string, r *state.Reg, regno, off, size int) error {
	if off < 0 {
		return v.Reject(abi.EACCES, "R%d invalid %s buffer access: off=%d, size=%d", regno, name, off, size)
	}
	if !r.Var.Equals(0) {
		return v.Reject(abi.EACCES, "R%d invalid variable buffer offset: off=%d, var_off=%s", regno, off, r.Var)
	}
	return nil
}
