package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// checkLdAbs verifies the legacy packet loads LD|ABS and LD|IND. They are calls in
// disguise: R6 must hold the context, R0 gets the result, R1-R5 are lost, and a load from
// outside the packet returns from the function.
func (v *verifier) checkLdAbs(in *insn.Insn) error {
	switch v.rules.Type {
	case abi.PROG_TYPE_SOCKET_FILTER, abi.PROG_TYPE_SCHED_CLS, abi.PROG_TYPE_SCHED_ACT:
	default:
		return v.Reject(abi.EINVAL, "BPF_LD_[ABS|IND] instructions not allowed for this program type")
	}
	indirect := in.Mode() == insn.IND
	if in.Dst != insn.R0 || in.Off != 0 || in.Size() == insn.DW || !indirect && in.Src != insn.R0 {
		return v.Reject(abi.EINVAL, "BPF_LD_[ABS|IND] uses reserved fields")
	}
	const ctx = insn.R6
	if err := v.checkRegRead(ctx); err != nil {
		return err
	}
	// A load outside the packet ends the program, so nothing may be held.
	if err := v.checkResourceLeak(false, true, "BPF_LD_[ABS|IND]"); err != nil {
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
	if err := v.checkPtrOffReg(&regs[ctx], ctx, false); err != nil {
		return err
	}
	v.clearCallerSavedRegs(regs)
	markUnknown(&regs[insn.R0])
	if v.st.CurFrame == 0 {
		return nil
	}
	// Outside the packet the load makes a subprogram return 0: that path is walked first.
	v.ScratchReg(insn.R0)
	if _, err := v.paths.Push(v.st, v.idx+1, v.idx, abi.EFAULT); err != nil {
		return err
	}
	markKnown(&regs[insn.R0], 0)
	if err := v.leaveFunction(); err != nil {
		return err
	}
	v.idx-- // the walk goes on behind this instruction
	return nil
}
