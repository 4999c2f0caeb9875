package program

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// CheckFields refuses an instruction with something in a field that it has no use for (check_insn_fields), or that
// the kernel does not know yet.
func CheckFields(log *vlog.Log, in *insn.Insn, k *kmodel.Model) error {
	switch in.Class() {
	case insn.ALU, insn.ALU64:
		return checkALUFields(log, in, k)
	case insn.JMP, insn.JMP32:
		return checkJumpFields(log, in, k)
	case insn.LDX:
		if in.Mode() != insn.MEM && (in.Mode() != insn.MEMSX || !k.Has(kmodel.InsnsV4)) || in.Imm != 0 {
			return log.Reject(abi.EINVAL, "BPF_LDX uses reserved fields")
		}
	case insn.STX:
		atomic := in.Mode() == insn.ATOMIC
		if !atomic && in.Mode() != insn.MEM || in.Imm != 0 && !(atomic && k.Has(kmodel.AtomicOps)) {
			return log.Reject(abi.EINVAL, "BPF_STX uses reserved fields")
		}
	case insn.ST:
		if in.Mode() != insn.MEM || in.Src != 0 {
			return log.Reject(abi.EINVAL, "BPF_ST uses reserved fields")
		}
	case insn.LD:
		switch mode := in.Mode(); {
		case mode == insn.IMM && in.Off != 0:
			return log.Reject(abi.EINVAL, "BPF_LD_IMM64 uses reserved fields")
		case (mode == insn.ABS || mode == insn.IND) &&
			(in.Dst != 0 || in.Off != 0 || in.Size() == insn.DW || mode == insn.ABS && in.Src != 0):
			return log.Reject(abi.EINVAL, "BPF_LD_[ABS|IND] uses reserved fields")
		}
	}
	return nil
}

func checkALUFields(log *vlog.Log, in *insn.Insn, k *kmodel.Model) error {
	fromReg, wide := in.SrcKind() == insn.X, in.Class() == insn.ALU64
	switch op := in.Op(); op {
	case insn.NEG:
		if fromReg || in.Src != 0 || in.Off != 0 || in.Imm != 0 {
			return log.Reject(abi.EINVAL, "BPF_NEG uses reserved fields")
		}
	case insn.END:
		if in.Src != 0 || in.Off != 0 || in.Imm != 16 && in.Imm != 32 && in.Imm != 64 || wide && fromReg {
			return log.Reject(abi.EINVAL, "BPF_END uses reserved fields")
		}
	case insn.MOV:
		var odd bool
		switch {
		case !fromReg:
			odd = in.Src != 0 || in.Off != 0
		case wide && in.Off == insn.ADDR_SPACE_CAST && k.Has(kmodel.InsnsV4):
			if in.Imm != 1 && in.Imm != 1<<16 {
				return log.Reject(abi.EINVAL, "addr_space_cast insn can only convert between address space 1 and 0")
			}
		default: // the offset says how many bits are sign-extended
			odd = in.Imm != 0 || in.Off != 0 && (in.Off != 8 && in.Off != 16 && (!wide || in.Off != 32) || !k.Has(kmodel.InsnsV4))
		}
		if odd {
			return log.Reject(abi.EINVAL, "BPF_MOV uses reserved fields")
		}
	default:
		signed := in.Off == 1 && (op == insn.DIV || op == insn.MOD) && k.Has(kmodel.InsnsV4)
		if in.Off != 0 && !signed || fromReg && in.Imm != 0 || !fromReg && in.Src != 0 {
			return log.Reject(abi.EINVAL, "BPF_ALU uses reserved fields")
		}
	}
	return nil
}

func checkJumpFields(log *vlog.Log, in *insn.Insn, k *kmodel.Model) error {
	fromReg, wide := in.SrcKind() == insn.X, in.Class() == insn.JMP
	switch in.Op() {
	case insn.CALL:
		if fromReg || in.Src != insn.PSEUDO_KFUNC_CALL && in.Off != 0 || in.Src > insn.PSEUDO_KFUNC_CALL || in.Dst != 0 || !wide ||
			in.IsKfuncCall() && !k.Has(kmodel.KfuncCalls) {
			return log.Reject(abi.EINVAL, "BPF_CALL uses reserved fields")
		}
	case insn.JA:
		if fromReg {
			if in.Src != 0 || in.Imm != 0 || in.Off != 0 {
				return log.Reject(abi.EINVAL, "BPF_JA|BPF_X uses reserved fields")
			}
		} else if in.Src != 0 || in.Dst != 0 || wide && in.Imm != 0 || !wide && in.Off != 0 {
			return log.Reject(abi.EINVAL, "BPF_JA uses reserved fields")
		}
	case insn.EXIT:
		if fromReg || in.Imm != 0 || in.Src != 0 || in.Dst != 0 || !wide {
			return log.Reject(abi.EINVAL, "BPF_EXIT uses reserved fields")
		}
	case insn.JCOND:
		if in.Code != insn.JMP|insn.JCOND || in.Src != insn.MAY_GOTO || in.Dst != 0 || in.Imm != 0 {
			return log.Reject(abi.EINVAL, "invalid may_goto imm %d", in.Imm)
		}
	default:
		if fromReg && in.Imm != 0 || !fromReg && in.Src != 0 {
			return log.Reject(abi.EINVAL, "BPF_JMP/JMP32 uses reserved fields")
		}
	}
	return nil
}
