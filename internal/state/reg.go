// Package state holds what the verifier knows at one point of one path: registers,
// stack slots, call frames, references and locks. Everything in a register is free
// of Go pointers, so that copying a state is a memory move and the collector never
// looks inside.
package state

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
)

// Upper bits of Reg.ID: the register is linked to the id's holder by a constant
// distance, which is in Reg.Off.
const (
	ADD_CONST64 = 1 << 31
	ADD_CONST32 = 1 << 30 // made by a 32-bit sum
	ADD_CONST   = ADD_CONST64 | ADD_CONST32
)

// Values of Reg.Range that are no ranges: packet pointers compared with the packet's end.
const (
	AT_PKT_END     = -1
	BEYOND_PKT_END = -2
)

// Value is what two registers must share to be exactly equal but for their ids.
// Fields not meaningful for Type are zero. It has no gaps, so that two are compared at once.
type Value struct {
	Type abi.RegType
	// Off is the constant part of a pointer's offset, or the distance of a
	// scalar from the registers it is linked with (see ADD_CONST).
	Off int32
	// Scalar is a scalar's value, or the variable part of a pointer's offset.
	scalar.Scalar

	Target
}

// Target says what a pointer points to, or what an object on the stack is.
type Target struct {
	BTFID     uint32 // PTR_TO_BTF_ID, STACK_ITER: type id in set BTF
	MapUID    uint32 // map pointers and values: not 0 for inner maps
	MemSize   uint32 // PTR_TO_MEM: bytes
	Range     int32  // packet pointers: bytes known to be there, or AT_PKT_END, BEYOND_PKT_END
	DynptrID  uint32 // PTR_TO_MEM: the dynptr a slice belongs to
	IterDepth uint32 // STACK_ITER: how often next was called
	Subprog   uint16 // PTR_TO_FUNC
	Map       uint16 // map pointers and values: 1 + index into the verifier's maps
	BTF       uint8  // type set BTFID belongs to: TypesVmlinux, TypesProg, or a module's
	Dynptr    DynptrType
	First     bool      // STACK_DYNPTR: the first of its two slots
	IterState IterState // STACK_ITER
}

// Type sets a BTFID may belong to; modules follow.
const (
	TypesVmlinux = 0
	TypesProg    = 1
	TypesModule  = 2 // the first module
)

// Reg is a register, or a register's value in a stack slot.
type Reg struct {
	Value
	// ID ties copies together: scalars with the same value, pointers from the
	// same lookup, packet pointers with the same variable offset.
	ID uint32
	// RefObjID is the acquired reference the register carries, 0 for none.
	RefObjID uint32
	Frame    uint8    // PTR_TO_STACK: the frame it points into
	Precise  bool     // the exact value mattered on some path
	IRQClass IRQClass // STACK_IRQ_FLAG
}

// DynptrType says what a dynptr describes.
type DynptrType uint8

// Dynptr types.
const (
	DYNPTR_TYPE_INVALID DynptrType = iota
	DYNPTR_TYPE_LOCAL
	DYNPTR_TYPE_RINGBUF
	DYNPTR_TYPE_SKB
	DYNPTR_TYPE_XDP
	DYNPTR_TYPE_SKB_META
	DYNPTR_TYPE_FILE
)

// IterState is the state of an iterator on the stack.
type IterState uint8

// Iterator states; INVALID marks slots after the first.
const (
	ITER_STATE_INVALID IterState = iota
	ITER_STATE_ACTIVE
	ITER_STATE_DRAINED
)

// IRQClass says which family of kfuncs saved an IRQ flag.
type IRQClass uint8

// IRQ flag classes.
const (
	IRQ_NATIVE_KFUNC IRQClass = iota
	IRQ_LOCK_KFUNC
)

// SlotKind is what one byte of the stack holds.
type SlotKind uint8

// Slot kinds.
const (
	STACK_INVALID SlotKind = iota
	STACK_SPILL
	STACK_MISC
	STACK_ZERO
	STACK_DYNPTR
	STACK_ITER
	STACK_IRQ_FLAG
	STACK_POISON // nothing reads it any more, known before the walk
)

// Unwritten reports bytes that hold nothing.
func (k SlotKind) Unwritten() bool { return k == STACK_INVALID || k == STACK_POISON }

// SlotSize is the size of a stack slot and of a register, in bytes.
const SlotSize = 8

// SlotOf returns the slot of the stack byte at off (negative) and the byte's index in Slot.Kind,
// which counts downwards: the byte at off+1 has index at-1.
func SlotOf(off int) (spi, at int) { return (-off - 1) / SlotSize, (-off - 1) % SlotSize }

// Slot is SlotSize bytes of stack. Kind[7] describes the byte with the lowest address, as in the
// kernel: a narrow spill has STACK_SPILL in its upper elements only.
type Slot struct {
	Reg
	Kind [SlotSize]SlotKind
}

// IsSpilled reports that the slot holds (part of) a spilled register.
func (s *Slot) IsSpilled() bool { return s.Kind[7] == STACK_SPILL }

// IsSpilledScalar64 reports a full 8-byte spill of a scalar.
func (s *Slot) IsSpilledScalar64() bool {
	return s.Kind[0] == STACK_SPILL && s.Type == abi.SCALAR_VALUE
}

// FixedOff is a pointer's whole offset in bytes, if none of it is variable.
func (r *Reg) FixedOff() (off int, ok bool) {
	return int(r.Off) + int(int64(r.Var.Value)), r.Var.IsConst()
}

// MarkUnknown makes r a scalar of any value. As every program is loaded with CAP_BPF,
// unknown scalars start imprecise.
func (r *Reg) MarkUnknown() {
	*r = Reg{}
	r.Type = abi.SCALAR_VALUE
	r.Scalar = scalar.Unknown()
}

// MarkKnown makes r a scalar of one value.
func (r *Reg) MarkKnown(val uint64) {
	*r = Reg{}
	r.Type = abi.SCALAR_VALUE
	r.Scalar = scalar.Const(val)
}

// MarkNotInit makes r unreadable.
func (r *Reg) MarkNotInit() {
	r.MarkUnknown()
	r.Type = abi.NOT_INIT
}

// MarkPtr makes r a pointer of type t at offset 0 with everything else cleared.
func (r *Reg) MarkPtr(t abi.RegType) {
	*r = Reg{}
	r.Type = t
	r.Scalar = scalar.Const(0)
}
