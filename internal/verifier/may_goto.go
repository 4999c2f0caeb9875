package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// checkMayGoto verifies a may_goto. This path jumps; the one that falls through, into the
// loop again, is remembered with its imprecise numbers widened.
func (v *verifier) checkMayGoto(in *insn.Insn) error {
	if in.Code != insn.JMP|insn.JCOND || in.Src != insn.MAY_GOTO || in.Dst != 0 || in.Imm != 0 {
		return v.Reject(abi.EINVAL, "invalid may_goto imm %d", in.Imm)
	}
	if v.st.Parent == nil {
		return v.Bug("may_goto without a checkpoint")
	}
	seen := v.paths.Previous(v.st.Parent, v.idx)
	queued, err := v.paths.Push(v.st, v.idx+1, v.idx, abi.ENOMEM)
	if err != nil {
		return err
	}
	queued.MayGotoDepth++
	if seen != nil {
		v.paths.Widen(seen, queued)
	}
	v.idx += int(in.Off)
	return nil
}
