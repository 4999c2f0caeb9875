package verifier

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/precision"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// checkALU verifies an ALU or ALU64 instruction at v.idx and computes its result.
func (v *verifier) checkALU(in *insn.Insn) error {
	err := v.checkFields(in)
	if err != nil {
		return err
	}
	switch op := in.Op(); {
	case op == insn.NEG || op == insn.END:
		err = v.checkUnary(in)
	case op == insn.MOV:
		err = v.checkMov(in)
	case op > insn.END:
		return v.Reject(abi.EINVAL, "invalid BPF_ALU opcode %x", op)
	default:
		err = v.checkBinary(in)
	}
	if err != nil {
		return err
	}
	v.checkInvariants(&v.regs()[in.Dst], "alu")
	return nil
}

// checkUnary verifies a negation or change of byte order.
func (v *verifier) checkUnary(in *insn.Insn) error {
	if err := v.checkRegRead(int(in.Dst)); err != nil {
		return err
	}
	r := &v.regs()[in.Dst]
	computed := kmodel.ByteSwapBits
	if in.Op() == insn.NEG {
		computed = kmodel.NegRange
	}
	if r.Type != abi.SCALAR_VALUE || !v.k.Has(computed) {
		return v.checkRegWrite(int(in.Dst))
	}
	if err := v.checkRegOverwrite(int(in.Dst)); err != nil {
		return err
	}
	if in.Op() == insn.NEG {
		precision.Unlink(r)
		v.num.ALU(&r.Scalar, insn.NEG, in.Class() == insn.ALU, &r.Scalar)
		return nil
	}
	if in.Class() == insn.ALU64 || in.SrcKind() == insn.X { // the target is little-endian
		v.links.Unlink(r)
		v.num.Bswap(&r.Scalar, int(in.Imm))
		return nil
	}
	if in.Imm < 64 {
		v.links.Unlink(r)
		v.num.Truncate(&r.Scalar, int(in.Imm)/8)
	}
	v.num.Sync(&r.Scalar)
	return nil
}

// checkMov verifies a move, be it of an immediate, plain, truncating, sign-extending or
// between address spaces.
func (v *verifier) checkMov(in *insn.Insn) error {
	wide := in.Class() == insn.ALU64
	if in.SrcKind() == insn.K {
		if err := v.checkRegOverwrite(int(in.Dst)); err != nil {
			return err
		}
		val := uint64(int64(in.Imm))
		if !wide {
			val &= math.MaxUint32
		}
		v.regs()[in.Dst].MarkKnown(val)
		return nil
	}
	cast := wide && in.Off == insn.ADDR_SPACE_CAST && v.k.Has(kmodel.InsnsV4)
	if cast && !v.hasArena {
		return v.Reject(abi.EINVAL, "addr_space_cast insn can only be used in a program that has an associated arena")
	}
	if err := v.checkRegRead(int(in.Src)); err != nil {
		return err
	}
	if err := v.checkRegOverwrite(int(in.Dst)); err != nil {
		return err
	}
	regs := v.regs()
	dst, src := &regs[in.Dst], &regs[in.Src]
	switch {
	case cast:
		dst.MarkUnknown()
		if in.Imm == 1 {
			dst.Type = abi.PTR_TO_ARENA
		}
	case wide && in.Off == 0:
		v.shareScalarID(src)
		*dst = *src
	case src.Type != abi.SCALAR_VALUE: // part of an address
		dst.MarkUnknown()
	default:
		v.movScalar(dst, src, int(in.Off)/8, wide)
	}
	if !wide {
		dst.ZeroExtend32()
		v.num.Sync(&dst.Scalar)
	}
	return nil
}

// movScalar copies a scalar that the move sign-extends from size bytes, or truncates to
// 32 bits (size 0). Copies stay tied only if they are equal.
func (v *verifier) movScalar(dst, src *state.Reg, size int, wide bool) {
	same := src.UMax() <= math.MaxUint32 && v.k.Has(kmodel.SpillsFollowed)
	if size != 0 {
		same = src.UMax() < 1<<(8*size-1)
	}
	if same {
		v.shareScalarID(src)
	}
	*dst = *src
	if !same {
		precision.Unlink(dst)
	}
	switch {
	case size == 0:
	case wide:
		dst.SignExtend(size)
	default:
		dst.SignExtend32(size)
	}
}

// checkBinary verifies the operations with two operands.
func (v *verifier) checkBinary(in *insn.Insn) error {
	op := in.Op()
	division := op == insn.DIV || op == insn.MOD
	if in.SrcKind() == insn.X {
		if err := v.checkRegRead(int(in.Src)); err != nil {
			return err
		}
	}
	if err := v.checkRegRead(int(in.Dst)); err != nil {
		return err
	}
	if in.SrcKind() == insn.K {
		if division && in.Imm == 0 {
			return v.Reject(abi.EINVAL, "div by zero")
		}
		size := int32(32)
		if in.Class() == insn.ALU64 {
			size = 64
		}
		if (op == insn.LSH || op == insn.RSH || op == insn.ARSH) && (in.Imm < 0 || in.Imm >= size) {
			return v.Reject(abi.EINVAL, "invalid shift %d", in.Imm)
		}
	}
	if err := v.checkRegOverwrite(int(in.Dst)); err != nil {
		return err
	}
	return v.compute(in)
}

// compute makes the destination the result of a binary operation on numbers or pointers.
func (v *verifier) compute(in *insn.Insn) error {
	regs := v.regs()
	dst := &regs[in.Dst]
	var imm state.Reg
	src := &imm
	if in.SrcKind() == insn.X {
		src = &regs[in.Src]
	} else {
		src.MarkKnown(uint64(int64(in.Imm)))
	}
	arena := dst.Type == abi.PTR_TO_ARENA || src.Type == abi.PTR_TO_ARENA
	if in.Class() == insn.ALU64 && (arena || v.hasArena) && v.k.Has(kmodel.ArenaArithmeticApart) {
		aux := &v.aux[v.idx]
		if arena && aux.other || !arena && aux.arena {
			return v.Reject(abi.EINVAL, "same insn cannot be used with and without arena pointer")
		}
		aux.arena, aux.other = arena, !arena
	}
	if arena { // any arithmetic will do, as accesses are confined
		if dst.Type != abi.PTR_TO_ARENA {
			*dst = *src
		}
		return nil
	}
	if v.num.Older && dst.Type == abi.SCALAR_VALUE {
		precision.Unlink(dst)
	}
	dstPtr, srcPtr := dst.Type != abi.SCALAR_VALUE, src.Type != abi.SCALAR_VALUE
	switch {
	case dstPtr && srcPtr:
		if in.Op() != insn.SUB {
			return v.Reject(abi.EACCES, "R%d pointer %s pointer prohibited", in.Dst, insn.ALUOp(in.Op()))
		}
		dst.MarkUnknown()
		return nil
	case srcPtr:
		if err := v.precision.MarkReg(v.st, int(in.Dst)); err != nil {
			return err
		}
		return v.movePointer(in, src, dst)
	case dstPtr:
		if in.SrcKind() == insn.X {
			if err := v.precision.MarkReg(v.st, int(in.Src)); err != nil {
				return err
			}
		}
		return v.movePointer(in, dst, src)
	case in.SrcKind() == insn.X && dst.Precise:
		if err := v.precision.MarkReg(v.st, int(in.Src)); err != nil {
			return err
		}
	}
	return v.computeScalar(in, dst, src)
}

// computeScalar is compute for numbers.
func (v *verifier) computeScalar(in *insn.Insn, dst, src *state.Reg) error {
	op, is32 := in.Op(), in.Class() == insn.ALU
	if (op == insn.DIV || op == insn.MOD) && v.k.Has(kmodel.DivisionRanges) && scalar.Divisor(is32, &src.Scalar) {
		v.num.Divide(&dst.Scalar, op, in.Off == 1, is32, &src.Scalar)
		v.links.Unlink(dst)
		return nil
	}
	if !v.num.Computable(op, is32, &src.Scalar) {
		halved := v.num.Halved(is32, &src.Scalar)
		if dst.MarkUnknown(); halved {
			v.num.Truncate(&dst.Scalar, 4)
		}
		return nil
	}
	fit32 := dst.UMax() <= math.MaxUint32
	if (op == insn.AND || op == insn.OR) && src.IsConst() && !v.num.Older {
		if err := v.forkSign(in, dst); err != nil {
			return err
		}
	}
	v.num.ALU(&dst.Scalar, op, is32, &src.Scalar)
	if v.num.Older {
		return nil // no copy of any number
	}
	if dst.ID != 0 && (op == insn.ADD || op == insn.SUB) {
		v.links.LinkSum(op, dst, src, is32, fit32)
	} else {
		v.links.Unlink(dst)
	}
	return nil
}

// forkSign walks both cases of a number that is -1 or 0, the result of shifting a sign
// bit all the way down: masked by a constant, the two give one value each.
func (v *verifier) forkSign(in *insn.Insn, dst *state.Reg) error {
	wide := dst.Smin == -1 && dst.Smax == 0
	if !wide && (dst.S32Min != -1 || dst.S32Max != 0) || !v.k.Has(kmodel.SignsForked) {
		return nil
	}
	other, err := v.paths.Push(v.st, v.idx, v.idx, abi.ENOMEM)
	if err != nil {
		return err
	}
	zero := &other.Cur().Regs[in.Dst]
	if wide {
		become(zero, 0)
		become(dst, math.MaxUint64)
	} else {
		zero.SetConst32(0)
		dst.SetConst32(math.MaxUint32)
	}
	return nil
}

// become gives a number another value. Whether its value mattered is kept.
func become(r *state.Reg, val uint64) {
	precise := r.Precise
	r.MarkKnown(val)
	r.Precise = precise
}

// checkInvariants forgets the ranges of a register when they contradict each other.
func (v *verifier) checkInvariants(r *state.Reg, where string) {
	if v.num.Older {
		return
	}
	why := r.Violation()
	if why == "" {
		return
	}
	v.Verbose(v.BugPrefix()+"REG INVARIANTS VIOLATION (%s): %s %s", where, why, v.num.Ranges(&r.Scalar))
	r.Unbound()
}

// checkFields refuses an instruction with something in a field that it has no use for, where that was not done before the walk.
func (v *verifier) checkFields(in *insn.Insn) error {
	if !v.code.OddFields {
		return nil
	}
	return program.CheckFields(v.Log, in, v.k)
}
