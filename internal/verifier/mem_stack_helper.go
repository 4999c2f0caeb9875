package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// checkStackRangeInitialized verifies that a helper may read, or write, size bytes of
// stack (check_stack_range_initialized). A helper that fills memory it does not
// read has it noted in meta instead, and the call stores there later.
func (v *verifier) checkStackRangeInitialized(regno, off, size int, zeroAllowed bool, a access, meta *callMeta) error {
	r := &v.regs()[regno]
	f := v.frameOf(r)
	if size == 0 && !zeroAllowed {
		return v.Reject(abi.EACCES, "invalid zero-sized read")
	}
	if err := v.checkStackBounds(r, regno, off, size, a); err != nil {
		return err
	}
	fixed := r.Var.IsConst()
	lo, hi := off, off
	if fixed {
		lo += int(r.Var.Value)
		hi = lo
	} else {
		lo += int(r.Smin)
		hi += int(r.Smax)
	}
	if meta != nil && meta.rawMode && fixed {
		return v.noteRawStackWrite(f, regno, lo, size, meta)
	}
	for at := lo; at < hi+size; at++ {
		spi, i := slotOf(at)
		if spi >= len(f.Stack) {
			return v.Reject(abi.EFAULT, "allocated_stack too small")
		}
		if !touchByHelper(&f.Stack[spi], i, a == writeAccess) {
			if fixed {
				return v.Reject(abi.EACCES, "invalid read from stack R%d off %d+%d size %d", regno, lo, at-lo, size)
			}
			return v.Reject(abi.EACCES, "invalid read from stack R%d var_off %s+%d size %d", regno, r.Var, at-lo, size)
		}
		// Not marked as written: the helper may leave it alone.
		v.liveStackRead(uint32(r.Frame), v.idx, 1<<spi)
	}
	return nil
}

// touchByHelper makes byte i of a slot what it is after a helper has read or, with clobber,
// may have written it; false if no helper may.
func touchByHelper(s *state.Slot, i int, clobber bool) bool {
	switch s.Kind[i] {
	case state.STACK_MISC:
		return true
	case state.STACK_ZERO, state.STACK_INVALID:
		if clobber {
			s.Kind[i] = state.STACK_MISC
		}
		return true
	}
	if !s.IsSpilled() {
		return false
	}
	if clobber {
		markUnknown(&s.Reg)
		scrub(s)
	}
	return true
}

// noteRawStackWrite notes stack that a helper fills. What lies there may not be a
// dynptr, which could be another argument of the same call.
func (v *verifier) noteRawStackWrite(f *state.Frame, regno, off, size int, meta *callMeta) error {
	for at := off; at < off+size; at++ {
		spi, i := slotOf(at)
		if spi < len(f.Stack) && f.Stack[spi].Kind[i] == state.STACK_DYNPTR {
			return v.Reject(abi.EACCES, "potential write to dynptr at off=%d disallowed", at)
		}
	}
	meta.accessSize, meta.regno = size, regno
	return nil
}

// checkHelperMemAccess verifies that a helper or kfunc may access size bytes through regno (check_helper_mem_access).
func (v *verifier) checkHelperMemAccess(regno, size int, a access, zeroAllowed bool, meta *callMeta) error {
	r := &v.regs()[regno]
	off := int(r.Off)
	switch r.Type.Base() {
	case abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META:
		return v.checkPacketAccess(regno, off, size, zeroAllowed)
	case abi.PTR_TO_MAP_KEY:
		if a == writeAccess {
			return v.cannotWrite(regno, r.Type)
		}
		return v.checkMemRegionAccess(regno, off, size, v.mapOf(r).KeySize, false)
	case abi.PTR_TO_MAP_VALUE:
		if err := v.checkMapRights(regno, off, size, a); err != nil {
			return err
		}
		return v.checkMapAccess(regno, off, size, zeroAllowed, false)
	case abi.PTR_TO_MEM:
		if a == writeAccess && r.Type&abi.MEM_RDONLY != 0 {
			return v.cannotWrite(regno, r.Type)
		}
		return v.checkMemRegionAccess(regno, off, size, r.MemSize, zeroAllowed)
	case abi.PTR_TO_BUF:
		return v.checkBuf(r, regno, off, size, a)
	case abi.PTR_TO_STACK:
		return v.checkStackRangeInitialized(regno, off, size, zeroAllowed, a, meta)
	case abi.PTR_TO_BTF_ID:
		return v.checkPtrToBTFAccess(regno, off, size, readAccess, -1)
	case abi.PTR_TO_CTX:
		if v.ctxIsPlain() {
			// Nobody rewrites accesses to this context, so it is memory: its last byte tells.
			if size == 0 {
				if zeroAllowed {
					return nil
				}
				return vlog.Fail(abi.EACCES)
			}
			return v.checkMemAccess(v.idx, regno, size-1, 1, a, -1, false, false)
		}
	}
	if zeroAllowed && size == 0 && nullReg(r) {
		return nil
	}
	return v.Reject(abi.EACCES, "R%d type=%s expected=%s", regno, r.Type, abi.PTR_TO_STACK)
}

// checkMemSizeReg verifies a memory argument in regno-1 with its size in regno (check_mem_size_reg).
func (v *verifier) checkMemSizeReg(r *state.Reg, regno int, a access, zeroAllowed bool, meta *callMeta) error {
	meta.msizeMax = r.Umax // bounds what the helper returns
	if !r.Var.IsConst() {
		meta = nil // the helper may fill only part: what it leaves must be initialised
	}
	switch {
	case r.Smin < 0:
		return v.Reject(abi.EACCES, "R%d min value is negative, either use unsigned or 'var &= const'", regno)
	case r.Umin == 0 && !zeroAllowed:
		return v.Reject(abi.EACCES, "R%d invalid zero-sized read: u64=[%d,%d]", regno, int64(r.Umin), int64(r.Umax))
	case r.Umax >= maxVarSize:
		return v.Reject(abi.EACCES, "R%d unbounded memory access, use 'var &= const' or 'if (var < const)'", regno)
	}
	if err := v.checkHelperMemAccess(regno-1, int(r.Umax), a, zeroAllowed, meta); err != nil {
		return err
	}
	return v.precision.MarkReg(v.st, regno)
}

// checkMemReg verifies that regno is NULL or points to size bytes that can be read and written (check_mem_reg).
func (v *verifier) checkMemReg(r *state.Reg, regno int, size uint32) error {
	if nullReg(r) {
		return nil
	}
	if r.Type.MaybeNull() {
		// Where it is not NULL it must hold; the caller's register stays as it is.
		saved := *r
		defer func() { *r = saved }()
		v.markPtrNotNull(r)
	}
	if err := v.checkHelperMemAccess(regno, int(size), readAccess, true, nil); err != nil {
		return err
	}
	return v.checkHelperMemAccess(regno, int(size), writeAccess, true, nil)
}
