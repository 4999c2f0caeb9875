package verifier

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// movePointer makes the destination ptr moved by off; one of the two is the destination itself
// (adjust_ptr_min_max_vals).
func (v *verifier) movePointer(in *insn.Insn, ptr, off *state.Reg) error {
	dst := &v.regs()[in.Dst]
	op, dist := in.Op(), off.Scalar
	known := dist.IsConst()
	switch {
	case known && (dist.Smin != dist.Smax || dist.UMin() != dist.UMax()),
		dist.Empty64(), // a path that can't be
		in.Class() != insn.ALU64 && op == insn.SUB:
		dst.MarkUnknown()
		return nil
	case in.Class() != insn.ALU64:
		return v.Reject(abi.EACCES, "R%d 32-bit pointer arithmetic prohibited", in.Dst)
	case ptr.Type.MaybeNull():
		if !v.k.Has(kmodel.TypesComposed) && ptr.Type.Base() != abi.PTR_TO_MAP_VALUE {
			return v.Reject(abi.EACCES, "R%d pointer arithmetic on %s prohibited", in.Dst, v.k.TypeNames(ptr.Type.String()))
		}
		return v.Reject(abi.EACCES, "R%d pointer arithmetic on %s prohibited, null-check it first",
			in.Dst, v.k.TypeNames(ptr.Type.String()))
	case ptr.Type.Base() == abi.PTR_TO_MEM && ptr.Type&abi.PTR_UNTRUSTED != 0:
		if dst != ptr && v.k.Has(kmodel.PointersAddedWhole) {
			*dst = *ptr
		}
		return nil // reads through it may fault, wherever it points
	}
	if err := v.checkMove(in, ptr, off); err != nil {
		return err
	}
	if dst != ptr {
		// What the pointer is comes along, but on older kernels not the reference it carries nor its frame.
		ref, frame, precise := dst.RefObjID, dst.Frame, dst.Precise
		if v.k.Has(kmodel.PointersAddedWhole) {
			ref, frame = ptr.RefObjID, ptr.Frame
		}
		*dst = *ptr
		dst.RefObjID, dst.Frame, dst.Precise = ref, frame, precise
	}
	dst.Unbound32()
	step := dist.Smin
	if op == insn.SUB {
		step = -step
	}
	if fixed := int64(dst.Off) + step; known && fixed == int64(int32(fixed)) && !v.k.Has(kmodel.VarOffOffsets) {
		dst.Off = int32(fixed)
	} else {
		v.addVariable(dst, op, &dist)
	}
	if err := v.checkSanePointer(dst, dst.Type); err != nil {
		return err
	}
	loose := dst.Scalar
	v.num.Sync(&dst.Scalar)
	if isPacketPtr(dst) && (known || dst.Range > 0) {
		// What is known of the packet reaches as far as the offset's bounds say, here and in other registers.
		if v.num.LowFromBits(&loose); loose != dst.Scalar && v.k.Has(kmodel.PacketOffsetsUntightened) {
			dst.Scalar = loose
		}
	}
	return nil
}

// checkMove verifies that a pointer may be moved so at all.
func (v *verifier) checkMove(in *insn.Insn, ptr, off *state.Reg) error {
	op := in.Op()
	if !v.mayMove(ptr.Type, op, &off.Scalar) {
		return v.Reject(abi.EACCES, "R%d pointer arithmetic on %s prohibited", in.Dst, v.k.TypeNames(ptr.Type.String()))
	}
	if err := v.checkSaneOffset(off, ptr.Type); err != nil {
		return err
	}
	if err := v.checkSanePointer(ptr, ptr.Type); err != nil {
		return err
	}
	switch {
	case op == insn.AND || op == insn.OR || op == insn.XOR:
		return v.Reject(abi.EACCES, "R%d bitwise operator %s on pointer prohibited", in.Dst, insn.ALUOp(op))
	case op != insn.ADD && op != insn.SUB:
		return v.Reject(abi.EACCES, "R%d pointer arithmetic with %s operator prohibited", in.Dst, insn.ALUOp(op))
	case op == insn.SUB && off == &v.regs()[in.Dst]:
		return v.Reject(abi.EACCES, "R%d tried to subtract pointer from scalar", in.Dst)
	case op == insn.SUB && ptr.Type == abi.PTR_TO_STACK:
		return v.Reject(abi.EACCES, "R%d subtraction from stack pointer prohibited", in.Dst)
	}
	return nil
}

// mayMove reports whether arithmetic may move a pointer of a type by that distance.
func (v *verifier) mayMove(t abi.RegType, op uint8, dist *scalar.Scalar) bool {
	switch v.k.PointerMoves(t) {
	case kdata.MoveAny:
		return true
	case kdata.MoveKnown:
		return dist.IsConst()
	case kdata.MoveZero:
		return dist.IsConst() && dist.Smin == 0 && op == insn.ADD
	}
	return false
}

// addVariable moves a pointer by a distance that its fixed offset can't take.
func (v *verifier) addVariable(ptr *state.Reg, op uint8, dist *scalar.Scalar) {
	v.num.Move(&ptr.Scalar, dist, op == insn.SUB)
	switch known := dist.IsConst(); {
	case !isPacketPtr(ptr):
	case known && v.k.Has(kmodel.VarOffOffsets):
		// What a comparison with the packet's end told of the pointer is true of it no longer.
		ptr.Range = max(ptr.Range, 0)
	default:
		// A new place in the packet. Moving back can't lose what was there behind the pointer.
		ptr.ID = v.newID()
		if op == insn.ADD || dist.Smin < 0 || ptr.Range < 0 && v.k.Has(kmodel.VarOffOffsets) {
			ptr.Range = 0
		}
	}
}

// checkSanePointer verifies that a pointer's own offset is far from overflowing.
func (v *verifier) checkSanePointer(r *state.Reg, t abi.RegType) error {
	if !v.k.Has(kmodel.VarOffOffsets) {
		return v.checkSaneOffset(r, t)
	}
	off := r.Smin
	if r.IsConst() {
		off = int64(r.Var.Value)
	}
	if off >= maxVarOff || off <= -maxVarOff {
		return v.Reject(abi.EINVAL, "%s pointer offset %d is not allowed", t, off)
	}
	return nil
}

// moveTo puts a pointer that has no offset at a fixed one.
func (v *verifier) moveTo(r *state.Reg, off int32) {
	if v.k.Has(kmodel.VarOffOffsets) {
		r.Scalar = scalar.Const(uint64(int64(off)))
	} else {
		r.Off = off
	}
}

// checkSaneOffset verifies that an offset from a pointer of type t is far from overflowing.
func (v *verifier) checkSaneOffset(r *state.Reg, t abi.RegType) error {
	if val := int64(r.Var.Value); r.IsConst() && (val >= maxVarOff || val <= -maxVarOff) {
		return v.Reject(abi.EINVAL, "math between %s pointer and %d is not allowed", v.k.TypeNames(t.String()), val)
	}
	if r.Off >= maxVarOff || r.Off <= -maxVarOff {
		return v.Reject(abi.EINVAL, "%s pointer offset %d is not allowed", v.k.TypeNames(t.String()), r.Off)
	}
	if r.Smin == math.MinInt64 {
		return v.Reject(abi.EINVAL, "math between %s pointer and register with unbounded min value is not allowed", v.k.TypeNames(t.String()))
	}
	if r.Smin >= maxVarOff || r.Smin <= -maxVarOff {
		return v.Reject(abi.EINVAL, "value %d makes %s pointer be out of bounds", r.Smin, v.k.TypeNames(t.String()))
	}
	return nil
}

// isPacketPtr reports a pointer into a packet or its metadata.
func isPacketPtr(r *state.Reg) bool {
	return r.Type == abi.PTR_TO_PACKET || r.Type == abi.PTR_TO_PACKET_META
}
