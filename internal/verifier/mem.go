package verifier

import (
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/precision"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

const (
	maxVarOff  = 1 << 29 // bounds of a variable offset (BPF_MAX_VAR_OFF)
	maxVarSize = 1 << 29 // bound of a variable size (BPF_MAX_VAR_SIZ)
)

type access uint8

const (
	readAccess access = iota
	writeAccess
)

// memState is what memory accesses leave behind for later checks and what they cache.
type memState struct {
	unconverted bool // a load met that the kernel can't rewrite
	walks       map[walkKey]walkResult
}

// memAccess is one access under check, of an instruction or of what it calls.
type memAccess struct {
	*vlog.Printer
	k          *kmodel.Model
	st         *state.State
	regno      int
	reg        *state.Reg
	off, size  int // bytes; off includes the register's constant offset once the alignment is checked
	dir        access
	value      int  // loaded or stored register, noValue for none
	strict     bool // aligned wherever it goes
	signExtend bool
	zeroOK     bool // size may be 0
	byHelper   bool
	deadOK     bool // stack that is not read any more may be read: a function only says that it could
}

const noValue = -1

// newAccess is an access of size bytes at off from what a register points to.
func (v *verifier) newAccess(regno, off, size int, dir access) memAccess {
	return memAccess{Printer: &v.Printer, k: v.k, st: v.st, regno: regno, reg: &v.regs()[regno], off: off, size: size, dir: dir, value: noValue}
}

func (m *memAccess) write() bool { return m.dir == writeAccess }

// loads reports whether the access gives a register a new value.
func (m *memAccess) loads() bool { return m.dir == readAccess && m.value >= 0 }

// checkLoad verifies LDX (mode MEM or MEMSX) at v.idx.
func (v *verifier) checkLoad(in *insn.Insn) error {
	return v.load(in, false, in.Mode() == insn.MEMSX, true)
}

func (v *verifier) load(in *insn.Insn, strictAlign, signExtend, trustMayDiffer bool) error {
	if err := v.checkRegRead(int(in.Src)); err != nil {
		return err
	}
	if err := v.checkRegOverwrite(int(in.Dst)); err != nil {
		return err
	}
	from := v.regs()[in.Src].Type // the load may overwrite its own source
	m := v.newAccess(int(in.Src), int(in.Off), in.SizeBytes(), readAccess)
	m.value, m.strict, m.signExtend = int(in.Dst), strictAlign, signExtend
	if err := v.access(&m); err != nil {
		return err
	}
	return v.onePointerType(from, trustMayDiffer)
}

// checkStore verifies STX|MEM at v.idx.
func (v *verifier) checkStore(in *insn.Insn) error { return v.store(in, false) }

func (v *verifier) store(in *insn.Insn, strictAlign bool) error {
	if err := v.checkRegRead(int(in.Src)); err != nil {
		return err
	}
	if err := v.checkRegRead(int(in.Dst)); err != nil {
		return err
	}
	to := v.regs()[in.Dst].Type
	m := v.newAccess(int(in.Dst), int(in.Off), in.SizeBytes(), writeAccess)
	m.value, m.strict = int(in.Src), strictAlign
	if err := v.access(&m); err != nil {
		return err
	}
	return v.onePointerType(to, false)
}

// checkStoreImm verifies ST|MEM at v.idx.
func (v *verifier) checkStoreImm(in *insn.Insn) error {
	if err := v.checkRegRead(int(in.Dst)); err != nil {
		return err
	}
	to := v.regs()[in.Dst].Type
	if to == abi.PTR_TO_CTX && !v.k.Has(kmodel.CtxImmediates) {
		return v.Reject(abi.EACCES, "BPF_ST stores into R%d %s is not allowed", in.Dst, to)
	}
	m := v.newAccess(int(in.Dst), int(in.Off), in.SizeBytes(), writeAccess)
	if err := v.access(&m); err != nil {
		return err
	}
	return v.onePointerType(to, false)
}

// rewrittenPtr are the base types whose loads and stores the kernel rewrites, each
// in its own way, so that one instruction can't serve two of them.
const rewrittenPtr = 1<<abi.PTR_TO_CTX | 1<<abi.PTR_TO_SOCKET | 1<<abi.PTR_TO_SOCK_COMMON | 1<<abi.PTR_TO_TCP_SOCK |
	1<<abi.PTR_TO_XDP_SOCK | 1<<abi.PTR_TO_BTF_ID | 1<<abi.PTR_TO_ARENA

// faultingPtr are the base types a load may go through that can fault, so that paths may differ in trust.
const faultingPtr = 1<<abi.PTR_TO_MEM | 1<<abi.PTR_TO_BTF_ID

func oneOf(t abi.RegType, set uint32) bool { return set>>t.Base()&1 != 0 }

// onePointerType refuses an instruction that meets a different kind of pointer
// than on another path (save_aux_ptr_type).
func (v *verifier) onePointerType(t abi.RegType, trustMayDiffer bool) error {
	prev := &v.aux[v.idx].ptrType
	switch {
	case *prev == abi.NOT_INIT:
		*prev = t
	case *prev == t || !v.rewritten(t) && !v.rewritten(*prev):
	case trustMayDiffer && oneOf(t, faultingPtr) && oneOf(*prev, faultingPtr):
		// All paths get the load that survives a fault.
		merged := abi.PTR_TO_BTF_ID
		if t.Base() == abi.PTR_TO_MEM || prev.Base() == abi.PTR_TO_MEM {
			merged = abi.PTR_TO_MEM
		}
		*prev = merged | (t|*prev)&(abi.PTR_UNTRUSTED|abi.MEM_RDONLY)
	default:
		return v.Reject(abi.EINVAL, "same insn cannot be used with different pointers")
	}
	return nil
}

// rewritten reports a pointer through which loads are rewritten in a way of its own.
func (v *verifier) rewritten(t abi.RegType) bool {
	return oneOf(t, rewrittenPtr) || t.Base() == abi.PTR_TO_MEM && t&abi.PTR_UNTRUSTED != 0 && v.k.Has(kmodel.UntrustedMemApart)
}

// access verifies an access (check_mem_access).
func (v *verifier) access(m *memAccess) error {
	if m.reg.Type == abi.PTR_TO_MAP_VALUE && v.mapOf(m.reg).Type == abi.MAP_TYPE_INSN_ARRAY {
		m.strict = true
	}
	if err := m.checkAlignment(); err != nil {
		return err
	}
	m.off += int(m.reg.Off)
	if err := v.accessThrough(m); err != nil {
		return err
	}
	if m.loads() && m.size < state.SlotSize {
		if r := &v.regs()[m.value]; r.Type == abi.SCALAR_VALUE {
			if m.signExtend {
				changes := r.ID != 0 && r.UMax() >= 1<<(8*m.size-1)
				r.SignExtend(m.size)
				if changes && v.k.Has(kmodel.SignExtensionsUnlinked) {
					precision.Unlink(r)
				}
			} else {
				v.num.Truncate(&r.Scalar, m.size)
			}
		}
	}
	return nil
}

// writeSlot verifies a store of 8 bytes, the i-th from what a register points to.
func (v *verifier) writeSlot(regno, i int) error {
	m := v.newAccess(regno, i*state.SlotSize, state.SlotSize, writeAccess)
	return v.access(&m)
}

// accessThrough verifies m by the type of its register, which for most must carry no flags.
func (v *verifier) accessThrough(m *memAccess) error {
	t := m.reg.Type
	switch t.Base() {
	case abi.PTR_TO_STACK:
		if t == abi.PTR_TO_STACK {
			return v.accessStack(m)
		}
	case abi.PTR_TO_MAP_VALUE:
		if t == abi.PTR_TO_MAP_VALUE {
			return v.accessMapValue(m)
		}
	case abi.PTR_TO_MAP_KEY:
		if t == abi.PTR_TO_MAP_KEY {
			return v.accessMapKey(m)
		}
	case abi.PTR_TO_CTX:
		if t == abi.PTR_TO_CTX {
			return v.accessCtx(m)
		}
	case abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META, abi.PTR_TO_PACKET_END:
		if t.Base() != abi.PTR_TO_PACKET_END && t.Flags() == 0 {
			return v.accessPacket(m)
		}
	case abi.PTR_TO_BTF_ID:
		if !t.MaybeNull() {
			return v.accessBTF(m)
		}
	case abi.PTR_TO_MEM:
		return v.accessMem(m)
	case abi.PTR_TO_FLOW_KEYS:
		if t == abi.PTR_TO_FLOW_KEYS {
			return v.accessFlowKeys(m)
		}
	case abi.PTR_TO_SOCKET, abi.PTR_TO_SOCK_COMMON, abi.PTR_TO_TCP_SOCK, abi.PTR_TO_XDP_SOCK:
		if t.Flags() == 0 {
			return v.accessSock(m)
		}
	case abi.PTR_TO_TP_BUFFER:
		if t == abi.PTR_TO_TP_BUFFER {
			return v.accessTPBuffer(m)
		}
	case abi.CONST_PTR_TO_MAP:
		if t == abi.CONST_PTR_TO_MAP {
			return v.accessMapStruct(m)
		}
	case abi.PTR_TO_BUF:
		if !t.MaybeNull() {
			return v.accessBuf(m)
		}
	case abi.PTR_TO_ARENA:
		if t == abi.PTR_TO_ARENA {
			v.loadUnknown(m)
			return nil
		}
	}
	return m.invalid()
}

// loadUnknown makes the loaded register any number.
func (v *verifier) loadUnknown(m *memAccess) {
	if m.loads() {
		v.regs()[m.value].MarkUnknown()
	}
}

// cannotWrite refuses a write through a pointer that only reads.
func (m *memAccess) cannotWrite() error {
	return m.Reject(abi.EACCES, "R%d cannot write into %s", m.regno, m.k.TypeNames(m.reg.Type.String()))
}

// invalid refuses an access through what is no pointer, or none to go through.
func (m *memAccess) invalid() error {
	return m.Reject(abi.EACCES, "R%d invalid mem access '%s'", m.regno, m.k.TypeNames(m.reg.Type.String()))
}

// alignNames are the words for what a misaligned pointer points to.
var alignNames = [...]string{
	abi.PTR_TO_FLOW_KEYS:   "flow keys ",
	abi.PTR_TO_MAP_KEY:     "key ",
	abi.PTR_TO_MAP_VALUE:   "value ",
	abi.PTR_TO_CTX:         "context ",
	abi.PTR_TO_STACK:       "stack ",
	abi.PTR_TO_SOCKET:      "sock ",
	abi.PTR_TO_SOCK_COMMON: "sock_common ",
	abi.PTR_TO_TCP_SOCK:    "tcp_sock ",
	abi.PTR_TO_XDP_SOCK:    "xdp_sock ",
}

// checkAlignment verifies that an access is aligned where it must be: always on
// the stack, whose slots are tracked as a whole, elsewhere for strict accesses only.
func (m *memAccess) checkAlignment() error {
	r, off, size := m.reg, m.off, m.size
	if size == 1 || !m.strict && r.Type != abi.PTR_TO_STACK || r.Type == abi.PTR_TO_ARENA {
		return nil
	}
	// Packets start 2 bytes off so that the IP header behind the Ethernet header is aligned.
	const ipAlign = 2
	packet := r.Type == abi.PTR_TO_PACKET || r.Type == abi.PTR_TO_PACKET_META
	fixed := int(r.Off) + off
	if packet {
		fixed += ipAlign
	}
	if r.Var.IsConst() {
		if (r.Var.Value+uint64(fixed))&uint64(size-1) == 0 {
			return nil
		}
	} else if r.Var.Add(scalar.Tnum{Value: uint64(fixed)}).IsAligned(uint64(size)) {
		return nil
	}
	bits := r.Var.String()
	if r.Var.IsConst() && !m.k.Has(kmodel.TnumsShort) {
		bits = fmt.Sprintf("(0x%x; 0x0)", r.Var.Value)
	}
	parts := fmt.Sprintf("%s+%d+%d", bits, r.Off, off)
	if m.k.Has(kmodel.VarOffOffsets) {
		parts = fmt.Sprintf("%s+%d", r.Var, off)
		if at := int64(r.Var.Value); r.Var.IsConst() && at == int64(int16(at)) {
			parts = fmt.Sprintf("%d+%d", at, off)
		}
	}
	if packet {
		return m.Reject(abi.EACCES, "misaligned packet access off %d+%s size %d", ipAlign, parts, size)
	}
	name := ""
	if int(r.Type) < len(alignNames) {
		name = alignNames[r.Type]
	}
	return m.Reject(abi.EACCES, "misaligned %saccess off %s size %d", name, parts, size)
}

// checkFixedOffset verifies that a pointer has neither fixed (unless fixedOK) nor variable offset (__check_ptr_off_reg).
func (v *verifier) checkFixedOffset(r *state.Reg, regno int, fixedOK bool) error {
	if v.k.Has(kmodel.VarOffOffsets) {
		switch off, fixed := r.FixedOff(); {
		case !fixed:
			return v.Reject(abi.EACCES, "variable %s access var_off=%s disallowed", r.Type, r.Var)
		case off < 0:
			return v.Reject(abi.EACCES, "negative offset %s ptr R%d off=%d disallowed", r.Type, regno, off)
		case !fixedOK && off != 0:
			return v.Reject(abi.EACCES, "dereference of modified %s ptr R%d off=%d disallowed", r.Type, regno, off)
		}
		return nil
	}
	if r.Var.Equals(0) && (r.Off == 0 || r.Off > 0 && fixedOK) {
		return nil
	}
	name := v.k.TypeNames(r.Type.String())
	switch {
	case r.Off < 0 && v.k.Has(kmodel.OffsetsNegativeNamed):
		return v.Reject(abi.EACCES, "negative offset %s ptr R%d off=%d disallowed", name, regno, r.Off)
	case !fixedOK && r.Off != 0:
		return v.Reject(abi.EACCES, "dereference of modified %s ptr R%d off=%d disallowed", name, regno, r.Off)
	case !r.Var.Equals(0):
		return v.Reject(abi.EACCES, "variable %s access var_off=%s disallowed", name, r.Var)
	}
	return nil
}
