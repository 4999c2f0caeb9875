package verifier

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// accessCtx verifies an access to the context.
func (v *verifier) accessCtx(m *memAccess) error {
	if err := v.checkCtxOffset(m); err != nil {
		return err
	}
	f, err := v.checkCtxAccess(m)
	if err != nil {
		v.LineInfo(v.idx, "; ")
		return err
	}
	if !m.loads() {
		return nil
	}
	r := &v.regs()[m.value]
	switch {
	case f.Type != abi.SCALAR_VALUE:
		r.MarkPtr(f.Type)
		if f.Type.MaybeNull() {
			r.ID = v.newID()
		}
		if f.Type.Base() == abi.PTR_TO_BTF_ID {
			r.BTF, r.BTFID, r.RefObjID = f.Set, f.BTFID, f.RefObjID
		}
	case f.Bounded:
		if r.Type = abi.SCALAR_VALUE; v.k.Has(kmodel.HookResultsForgotten) {
			r.MarkUnknown()
		} // else the bounds are narrowed that the register had before the load
		v.num.MeetS32(&r.Scalar, f.Ret.Min, f.Ret.Max)
	default:
		r.MarkUnknown()
	}
	return nil
}

// checkCtxOffset verifies how far the pointer was moved from the context's start and counts that in.
func (v *verifier) checkCtxOffset(m *memAccess) error {
	if !v.k.Has(kmodel.CtxOffsets) {
		return v.checkFixedOffset(m.reg, m.regno, false)
	}
	var err error
	if v.ctxMoves() {
		err = m.checkRegion(math.MaxUint16)
	} else {
		err = v.checkFixedOffset(m.reg, m.regno, v.ctxIsPlain())
	}
	m.off += int(m.reg.UMax())
	return err
}

// ctxMoves reports a program whose context may be read at any offset, by helpers too (is_var_ctx_off_allowed).
func (v *verifier) ctxMoves() bool {
	return v.k.Has(kmodel.CtxOffsets) && v.rules.Type == abi.PROG_TYPE_SYSCALL
}

// checkCtxAccess asks the program type's table, or BTF, what is at a place of the context (check_ctx_access).
func (v *verifier) checkCtxAccess(m *memAccess) (attach.Field, error) {
	var f attach.Field
	ok := false
	if v.ctxMoves() { // nor need they be aligned
		f, ok = attach.Field{Type: abi.SCALAR_VALUE}, m.off >= 0 && m.off < math.MaxUint16
	} else if v.ctxFromBTF() {
		f, ok = v.target.Access(m.off, m.size, m.write())
	} else if c, found := v.k.CtxAccess(v.rules, m.off, m.size, m.write()); found && !(c.NoSext && m.signExtend && v.k.Has(kmodel.PacketPointersUnsigned)) {
		f, ok = attach.Field{Type: c.Type, Set: state.TypesVmlinux, BTFID: c.BTFID}, true
		v.mem.unconverted = v.mem.unconverted || c.Unconverted
	}
	if !ok {
		return f, v.Reject(abi.EACCES, "invalid bpf_context access off=%d size=%d", m.off, m.size)
	}
	if f.RefObjID != 0 && !findReference(v.st, f.RefObjID) {
		return f, v.Reject(abi.EACCES, "invalid bpf_context access off=%d. Reference may already be released", m.off)
	}
	return f, nil
}

// ctxFromBTF reports that the context's fields are a kernel function's arguments, known from BTF.
func (v *verifier) ctxFromBTF() bool {
	switch v.rules.Type {
	case abi.PROG_TYPE_TRACING, abi.PROG_TYPE_LSM, abi.PROG_TYPE_STRUCT_OPS:
		return true
	}
	return false
}

func (v *verifier) ctxIsPlain() bool { return v.k.PlainContext(v.rules) }

// accessFlowKeys verifies an access to a flow dissector's keys.
func (v *verifier) accessFlowKeys(m *memAccess) error {
	if v.k.Has(kmodel.VarOffOffsets) {
		at, fixed := m.reg.FixedOff()
		if !fixed {
			return v.Reject(abi.EACCES, "R%d invalid variable offset to flow keys: off=%d, var_off=%s", m.regno, m.off, m.reg.Var)
		}
		if at != 0 && v.k.Has(kmodel.FlowKeysMoved) {
			m.off += at
		}
	}
	if m.off < 0 || m.off+m.size > v.k.FlowKeysSize() {
		return v.Reject(abi.EACCES, "invalid access to flow keys off=%d size=%d", m.off, m.size)
	}
	v.loadUnknown(m)
	return nil
}

// accessSock verifies a load of a socket's public fields.
func (v *verifier) accessSock(m *memAccess) error {
	if m.write() {
		return m.cannotWrite()
	}
	if m.reg.Smin < 0 {
		return m.negativeMin()
	}
	f, ok := v.k.SockField(m.reg.Type, m.off, m.size)
	if !ok {
		return v.Reject(abi.EACCES, "R%d invalid %s access off=%d size=%d", m.regno, m.reg.Type, m.off, m.size)
	}
	v.mem.unconverted = v.mem.unconverted || f.Unconverted
	v.loadUnknown(m)
	return nil
}
