package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// ctxField is what a load from the context gives.
type ctxField struct {
	typ      abi.RegType
	set      uint8
	btfID    uint32
	refObjID uint32
	// bounded: the value is an LSM hook's return value, in the range ret.
	bounded bool
	ret     state.RetRange
}

// accessCtx verifies an access to the context.
func (v *verifier) accessCtx(m *memAccess) error {
	if err := v.checkPtrOffReg(m.reg, m.regno, false); err != nil {
		return err
	}
	f := ctxField{typ: abi.SCALAR_VALUE}
	if err := v.checkCtxAccess(m, &f); err != nil {
		v.verboseLineInfo(m.idx, "; ")
		return err
	}
	if !m.loads() {
		return nil
	}
	r := &v.regs()[m.valueRegno]
	switch {
	case f.typ != abi.SCALAR_VALUE:
		markPtr(r, f.typ)
		if f.typ.MaybeNull() {
			r.ID = v.newID()
		}
		if f.typ.Base() == abi.PTR_TO_BTF_ID {
			r.BTF, r.BTFID, r.RefObjID = f.set, f.btfID, f.refObjID
		}
	case f.bounded:
		// The kernel narrows the bounds the register had before the load.
		r.Type = abi.SCALAR_VALUE
		r.MeetS32(f.ret.Min, f.ret.Max)
	default:
		markUnknown(r)
	}
	return nil
}

// checkCtxAccess asks the program type's table, or BTF, what is at a place of the context (check_ctx_access).
func (v *verifier) checkCtxAccess(m *memAccess, f *ctxField) error {
	ok := false
	if v.ctxFromBTF() {
		ok = v.btfCtxAccess(m.off, m.size, m.dir, f)
	} else if c, found := v.k.CtxAccess(v.rulesProg(), m.off, m.size, m.write()); found && !(c.NoSext && m.signExtend) {
		ok = true
		f.typ, f.set, f.btfID = c.Type, state.TypesVmlinux, c.BTFID
	}
	if !ok {
		return v.Reject(abi.EACCES, "invalid bpf_context access off=%d size=%d", m.off, m.size)
	}
	if f.refObjID != 0 && !findReference(v.st, f.refObjID) {
		return v.Reject(abi.EACCES, "invalid bpf_context access off=%d. Reference may already be released", m.off)
	}
	return nil
}

// ctxFromBTF reports that the context's fields are a kernel function's arguments, known from BTF.
func (v *verifier) ctxFromBTF() bool {
	switch v.progType() {
	case abi.PROG_TYPE_TRACING, abi.PROG_TYPE_LSM, abi.PROG_TYPE_STRUCT_OPS:
		return true
	}
	return false
}

// plainCtx are the program types whose context is memory as it stands, not a view the kernel rewrites.
var plainCtx = map[abi.ProgType]bool{
	abi.PROG_TYPE_KPROBE:                  true,
	abi.PROG_TYPE_TRACEPOINT:              true,
	abi.PROG_TYPE_RAW_TRACEPOINT:          true,
	abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE: true,
	abi.PROG_TYPE_TRACING:                 true,
	abi.PROG_TYPE_LSM:                     true,
	abi.PROG_TYPE_STRUCT_OPS:              true,
	abi.PROG_TYPE_SYSCALL:                 true,
	abi.PROG_TYPE_CGROUP_DEVICE:           true,
	abi.PROG_TYPE_LIRC_MODE2:              true,
	abi.PROG_TYPE_NETFILTER:               true,
}

func (v *verifier) ctxIsPlain() bool { return plainCtx[v.progType()] }
