package verifier

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// checkLdImm64 verifies LD|IMM|DW at v.idx. What its pseudo sources name is resolved already.
func (v *verifier) checkLdImm64(in *insn.Insn) error {
	if in.Size() != insn.DW {
		return v.Reject(abi.EINVAL, "invalid BPF_LD_IMM insn")
	}
	if err := v.checkFields(in); err != nil {
		return err
	}
	if err := v.checkRegWrite(int(in.Dst)); err != nil {
		return err
	}
	dst := &v.regs()[in.Dst]
	imm := &v.code.Imms[v.idx]
	switch in.Src {
	case 0:
		dst.MarkKnown(uint64(v.insns[v.idx+1].Imm)<<32 | uint64(uint32(in.Imm)))
	case insn.PSEUDO_BTF_ID:
		dst.MarkPtr(imm.Type)
		switch imm.Type.Base() {
		case abi.PTR_TO_MEM:
			dst.MemSize = imm.MemSize
		case abi.PTR_TO_BTF_ID:
			dst.BTF, dst.BTFID = imm.Set, imm.BTFID
		default:
			return v.Bug("pseudo btf id: unexpected dst reg type")
		}
	case insn.PSEUDO_FUNC:
		return v.loadFuncAddr(in)
	case insn.PSEUDO_MAP_FD, insn.PSEUDO_MAP_IDX:
		dst.MarkPtr(abi.CONST_PTR_TO_MAP)
		dst.Map = uint16(imm.Map) + 1
	case insn.PSEUDO_MAP_VALUE, insn.PSEUDO_MAP_IDX_VALUE:
		if v.maps[imm.Map].Type == abi.MAP_TYPE_ARENA {
			dst.MarkUnknown()
			return nil
		}
		dst.MarkPtr(abi.PTR_TO_MAP_VALUE)
		dst.Map = uint16(imm.Map) + 1
		v.moveTo(dst, int32(imm.MapOff))
		if v.maps[imm.Map].Record.HasAny(object.BPF_SPIN_LOCK) && !v.k.Has(kmodel.FieldRecords) {
			dst.ID = v.newID() // as if each load could give another value
		}
	default:
		return v.Bug("unexpected src reg value for ldimm64")
	}
	return nil
}

// loadFuncAddr loads the address of a subprogram, for helpers that call it back.
func (v *verifier) loadFuncAddr(in *insn.Insn) error {
	sub := v.code.Find(v.idx + int(in.Imm) + 1)
	if len(v.img.Funcs) == 0 {
		return v.Reject(abi.EINVAL, "missing btf func_info")
	}
	if sub < 0 {
		return v.Bug("no subprogram at a callback's address")
	}
	if v.subprogs[sub].Global {
		return v.Reject(abi.EINVAL, "callback function not static")
	}
	dst := &v.regs()[in.Dst]
	dst.MarkPtr(abi.PTR_TO_FUNC)
	dst.Subprog = uint16(sub)
	return nil
}

// checkLdAbs verifies the legacy packet loads LD|ABS and LD|IND. They are calls in
// disguise: R6 must hold the context, R0 gets the result, R1-R5 are lost, and a load from
// outside the packet returns from the function.
func (v *verifier) checkLdAbs(in *insn.Insn) error {
	switch v.rules.Type {
	case abi.PROG_TYPE_SOCKET_FILTER, abi.PROG_TYPE_SCHED_CLS, abi.PROG_TYPE_SCHED_ACT:
	default:
		return v.Reject(abi.EINVAL, "BPF_LD_[ABS|IND] instructions not allowed for this program type")
	}
	inCallback := func(f *state.Frame) bool { return f.InCallback }
	if slices.ContainsFunc(v.st.Frames[:v.st.CurFrame+1], inCallback) && v.k.Has(kmodel.ImplicitExits) {
		return v.Reject(abi.EINVAL, "cannot use BPF_LD_[ABS|IND] within callback")
	}
	indirect := in.Mode() == insn.IND
	if err := v.checkFields(in); err != nil {
		return err
	}
	const ctx = insn.R6
	if err := v.checkRegRead(ctx); err != nil {
		return err
	}
	// A load outside the packet ends the program, so nothing may be held.
	if err := v.checkResourceLeak(byLdAbs, true); err != nil {
		return err
	}
	regs := v.regs()
	if regs[ctx].Type != abi.PTR_TO_CTX {
		return v.Reject(abi.EINVAL, "at the time of BPF_LD_ABS|IND R6 != pointer to skb")
	}
	if indirect {
		if err := v.checkRegRead(int(in.Src)); err != nil {
			return err
		}
	}
	if err := v.checkFixedOffset(&regs[ctx], ctx, false); err != nil {
		return err
	}
	v.scratchCallerSaved(v.st, v.st.CurFrame)
	regs[insn.R0].MarkUnknown()
	if v.st.CurFrame == 0 || !v.k.Has(kmodel.LdAbsReturns) {
		return nil
	}
	// Outside the packet the load makes a subprogram return 0: that path is walked first.
	v.ScratchReg(insn.R0)
	if _, err := v.paths.Push(v.st, v.idx+1, v.idx, abi.EFAULT); err != nil {
		return err
	}
	regs[insn.R0].MarkKnown(0)
	if err := v.leaveFunction(); err != nil {
		return err
	}
	v.idx-- // the walk goes on behind this instruction
	return nil
}
