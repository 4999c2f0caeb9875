package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// regs returns the current frame's registers.
func (v *verifier) regs() *[insn.MaxReg]state.Reg { return &v.st.Cur().Regs }

// newID returns a fresh id for registers, references and locks.
func (v *verifier) newID() uint32 { v.paths.LastID++; return v.paths.LastID }

// mapOf returns the map a register refers to, nil if none.
func (v *verifier) mapOf(r *state.Reg) *object.Map {
	if r.Map == 0 {
		return nil
	}
	return v.maps[r.Map-1]
}

// setOf returns the type set of a PTR_TO_BTF_ID register.
func (v *verifier) setOf(r *state.Reg) *types.Set { return v.typesets[r.BTF] }

// constantReg reports a scalar of exactly one value.
func constantReg(r *state.Reg) bool {
	return r.Type == abi.SCALAR_VALUE && r.Var.IsConst()
}

// nullReg reports a scalar known to be zero.
func nullReg(r *state.Reg) bool { return constantReg(r) && r.Var.Value == 0 }

// checkRegRead verifies that a register may be read.
func (v *verifier) checkRegRead(regno int) error {
	if regno >= insn.MaxReg {
		return v.Reject(abi.EINVAL, "R%d is invalid", regno)
	}
	v.ScratchReg(regno)
	if v.regs()[regno].Type == abi.NOT_INIT {
		return v.Reject(abi.EACCES, "R%d !read_ok", regno)
	}
	v.markRegRead(regno)
	return nil
}

// markRegRead notes that a register is read (mark_reg_read).
func (v *verifier) markRegRead(regno int) {
	v.paths.LongestMarkRead = max(v.paths.LongestMarkRead, v.st.ReadReg(v.st.CurFrame, regno))
}

// checkRegWrite verifies that a register may be written and makes it unknown.
func (v *verifier) checkRegWrite(regno int) error {
	if err := v.checkRegOverwrite(regno); err != nil {
		return err
	}
	v.regs()[regno].MarkUnknown()
	return nil
}

// checkRegOverwrite verifies that a register may be written and leaves its value.
func (v *verifier) checkRegOverwrite(regno int) error {
	if regno >= insn.MaxReg {
		return v.Reject(abi.EINVAL, "R%d is invalid", regno)
	}
	v.ScratchReg(regno)
	if regno == insn.FP {
		return v.Reject(abi.EACCES, "frame pointer is read only")
	}
	v.st.WriteRegs(v.st.CurFrame, 1<<regno)
	return nil
}
