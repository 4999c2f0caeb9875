package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

const (
	maxVarOff  = 1 << 29 // bounds of a variable offset (BPF_MAX_VAR_OFF)
	maxVarSize = 1 << 29 // bound of a variable size (BPF_MAX_VAR_SIZ)
	slotSize   = 8       // bytes of a stack slot and of a register
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

// memAccess is one access under check. off includes the register's constant offset.
type memAccess struct {
	idx        int
	regno      int
	reg        *state.Reg
	off, size  int
	dir        access
	valueRegno int // loaded or stored register, -1 for none
	signExtend bool
}

func (m *memAccess) write() bool { return m.dir == writeAccess }

// loads reports whether the access gives a register a new value.
func (m *memAccess) loads() bool { return m.dir == readAccess && m.valueRegno >= 0 }

// checkLoad verifies LDX (mode MEM or MEMSX) at v.idx.
func (v *verifier) checkLoad(in *insn.Insn) error {
	return v.load(in, false, in.Mode() == insn.MEMSX, true)
}

func (v *verifier) load(in *insn.Insn, strictAlign, signExtend, trustMayDiffer bool) error {
	if err := v.checkRegRead(int(in.Src)); err != nil {
		return err
	}
	if err := v.checkRegWriteNoMark(int(in.Dst)); err != nil {
		return err
	}
	from := v.regs()[in.Src].Type // the load may overwrite its own source
	err := v.checkMemAccess(v.idx, int(in.Src), int(in.Off), in.SizeBytes(), readAccess, int(in.Dst), strictAlign, signExtend)
	if err != nil {
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
	err := v.checkMemAccess(v.idx, int(in.Dst), int(in.Off), in.SizeBytes(), writeAccess, int(in.Src), strictAlign, false)
	if err != nil {
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
	err := v.checkMemAccess(v.idx, int(in.Dst), int(in.Off), in.SizeBytes(), writeAccess, -1, false, false)
	if err != nil {
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
	case *prev == t || !oneOf(t, rewrittenPtr) && !oneOf(*prev, rewrittenPtr):
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

// checkMemAccess verifies an access of size bytes at off from register regno (check_mem_access).
// valueRegno is the register loaded or stored, -1 for none.
func (v *verifier) checkMemAccess(idx, regno, off, size int, a access, valueRegno int, strictAlign, signExtend bool) error {
	regs := v.regs()
	m := memAccess{idx: idx, regno: regno, reg: &regs[regno], off: off, size: size, dir: a,
		valueRegno: valueRegno, signExtend: signExtend}
	if err := v.checkAlignment(m.reg, off, size, strictAlign); err != nil {
		return err
	}
	m.off += int(m.reg.Off)
	if err := v.accessThrough(&m); err != nil {
		return err
	}
	if m.loads() && size < slotSize {
		if r := &regs[valueRegno]; r.Type == abi.SCALAR_VALUE {
			if signExtend {
				r.SignExtend(size)
			} else {
				r.Truncate(size)
			}
		}
	}
	return nil
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
			return v.checkPtrToBTFAccess(m.regno, m.off, m.size, m.dir, m.valueRegno)
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
			return v.checkPtrToMapAccess(m.regno, m.off, m.size, m.dir, m.valueRegno)
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
	return v.Reject(abi.EACCES, "R%d invalid mem access '%s'", m.regno, t)
}

// loadUnknown makes the loaded register any number.
func (v *verifier) loadUnknown(m *memAccess) {
	if m.loads() {
		markUnknown(&v.regs()[m.valueRegno])
	}
}

// cannotWrite refuses a write through a pointer that only reads.
func (v *verifier) cannotWrite(regno int, t abi.RegType) error {
	return v.Reject(abi.EACCES, "R%d cannot write into %s", regno, t)
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
func (v *verifier) checkAlignment(r *state.Reg, off, size int, strict bool) error {
	if size == 1 || !strict && r.Type != abi.PTR_TO_STACK || r.Type == abi.PTR_TO_ARENA {
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
	if packet {
		return v.Reject(abi.EACCES, "misaligned packet access off %d+%s+%d+%d size %d", ipAlign, r.Var, r.Off, off, size)
	}
	name := ""
	if int(r.Type) < len(alignNames) {
		name = alignNames[r.Type]
	}
	return v.Reject(abi.EACCES, "misaligned %saccess off %s+%d+%d size %d", name, r.Var, r.Off, off, size)
}

// checkPtrOffReg verifies that a pointer has neither fixed (unless fixedOK) nor variable offset (__check_ptr_off_reg).
func (v *verifier) checkPtrOffReg(r *state.Reg, regno int, fixedOK bool) error {
	switch {
	case r.Off < 0:
		return v.Reject(abi.EACCES, "negative offset %s ptr R%d off=%d disallowed", r.Type, regno, r.Off)
	case !fixedOK && r.Off != 0:
		return v.Reject(abi.EACCES, "dereference of modified %s ptr R%d off=%d disallowed", r.Type, regno, r.Off)
	case !r.Var.Equals(0):
		return v.Reject(abi.EACCES, "variable %s access var_off=%s disallowed", r.Type, r.Var)
	}
	return nil
}

// isPointerValue reports that storing regno would leak an address. Programs are
// loaded with CAP_PERFMON, to which addresses are no secret.
func (v *verifier) isPointerValue(regno int) bool { return false }
