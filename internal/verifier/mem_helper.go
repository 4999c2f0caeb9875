package verifier

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// checkHelperMemory verifies that a helper or kfunc may access size bytes through regno (check_helper_mem_access).
func (v *verifier) checkHelperMemory(regno, size int, a access, zeroAllowed bool, meta *call) error {
	m := v.newAccess(regno, int(v.regs()[regno].Off), size, a)
	m.zeroOK, m.byHelper = zeroAllowed, true
	return v.accessByHelper(&m, meta)
}

func (v *verifier) accessByHelper(m *memAccess, meta *call) error {
	r, regno, size, zeroAllowed := m.reg, m.regno, m.size, m.zeroOK
	switch r.Type.Base() {
	case abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META:
		return m.checkPacket()
	case abi.PTR_TO_MAP_KEY:
		if m.write() {
			return m.cannotWrite()
		}
		m.zeroOK = false
		return m.checkRegion(v.mapOf(r).KeySize)
	case abi.PTR_TO_MAP_VALUE:
		mp := v.mapOf(r)
		if err := m.checkMapRights(mp); err != nil {
			return err
		}
		return m.checkMapValue(mp, false)
	case abi.PTR_TO_MEM:
		if m.write() && r.Type&abi.MEM_RDONLY != 0 {
			return m.cannotWrite()
		}
		return m.checkRegion(r.MemSize)
	case abi.PTR_TO_BUF:
		return m.checkBuf()
	case abi.PTR_TO_STACK:
		return v.checkStackInitialized(m, meta)
	case abi.PTR_TO_BTF_ID:
		if m.write() && !v.k.Has(kmodel.KernelObjectArgsRead) {
			m.dir = readAccess
		}
		return v.accessBTF(m)
	case abi.PTR_TO_CTX:
		if v.ctxMoves() {
			return m.checkRegion(math.MaxUint16)
		}
		if v.ctxIsPlain() && !v.k.Has(kmodel.CtxOffsets) {
			// Nobody rewrites accesses to this context, so it is memory: its last byte tells.
			if size == 0 {
				if zeroAllowed {
					return nil
				}
				return vlog.Fail(abi.EACCES)
			}
			last := v.newAccess(regno, size-1, 1, m.dir)
			return v.access(&last)
		}
	}
	if zeroAllowed && size == 0 && nullReg(r) {
		return nil
	}
	return v.Reject(abi.EACCES, "R%d type=%s expected=%s", regno, v.k.TypeNames(r.Type.String()), abi.PTR_TO_STACK)
}

// hasRights reports that it may be another thing to write than to read what a register points to.
func (v *verifier) hasRights(r *state.Reg) bool {
	return r.Type.Base() != abi.PTR_TO_MAP_VALUE || v.mapOf(r).Flags&(abi.BPF_F_RDONLY_PROG|abi.BPF_F_WRONLY_PROG) != 0
}

// indirect reports that a helper does it, on kernels that don't know whether it reads or writes.
func (m *memAccess) indirect() bool { return m.byHelper && !m.k.Has(kmodel.HelperAccessKinds) }

// checkSizedMemory verifies a memory argument in regno-1 with its size in regno (check_mem_size_reg).
func (v *verifier) checkSizedMemory(r *state.Reg, regno int, a access, zeroAllowed bool, meta *call) error {
	meta.msizeMax = r.UMax() // bounds what the helper returns
	if !r.Var.IsConst() {
		meta = nil // the helper may fill only part: what it leaves must be initialised
		if a != readAccess && v.hasRights(&v.regs()[regno-1]) && !v.k.Has(kmodel.PartialWritesTold) {
			a = readAccess
		}
	}
	switch {
	case r.Smin < 0:
		return v.Reject(abi.EACCES, "R%d min value is negative, either use unsigned or 'var &= const'", regno)
	case r.UMin() == 0 && !v.k.Has(kmodel.ZeroSizesNamed):
		if err := v.checkHelperMemory(regno-1, 0, a, zeroAllowed, meta); err != nil {
			return err
		}
	case r.UMin() == 0 && !zeroAllowed:
		return v.Reject(abi.EACCES, "R%d invalid zero-sized read: u64=[%d,%d]", regno, int64(r.UMin()), int64(r.UMax()))
	}
	if r.UMax() >= maxVarSize {
		return v.Reject(abi.EACCES, "R%d unbounded memory access, use 'var &= const' or 'if (var < const)'", regno)
	}
	if err := v.checkHelperMemory(regno-1, int(r.UMax()), a, zeroAllowed, meta); err != nil {
		return err
	}
	return v.precision.MarkReg(v.st, regno)
}

// checkMemory verifies that regno is NULL or points to size bytes that can be read and written (check_mem_reg). deadOK
// says that whoever is called is known not to read stack that is dead.
func (v *verifier) checkMemory(r *state.Reg, regno int, size uint32, deadOK bool) error {
	if nullReg(r) {
		return nil
	}
	if r.Type.MaybeNull() {
		// Where it is not NULL it must hold; the caller's register stays as it is.
		saved := *r
		defer func() { *r = saved }()
		v.markNotNull(r)
	}
	for _, dir := range [...]access{readAccess, writeAccess} {
		m := v.newAccess(regno, int(r.Off), int(size), dir)
		m.zeroOK, m.byHelper, m.deadOK = true, true, deadOK
		if err := v.accessByHelper(&m, nil); err != nil {
			return err
		}
	}
	return nil
}
