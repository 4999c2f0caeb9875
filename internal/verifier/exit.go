package verifier

import (
	"fmt"
	"math"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// prepareFuncExit leaves a subprogram or callback and sets v.idx to the instruction to go on with. A callback
// returns to the call it came from, where it may be called again (prepare_func_exit).
func (v *verifier) prepareFuncExit() error {
	v.liveUpdate()
	st := v.st
	callee := st.Cur()
	r0 := &callee.Regs[insn.R0]
	if r0.Type == abi.PTR_TO_STACK {
		return v.Reject(abi.EINVAL, "cannot return stack pointer to the caller")
	}
	caller := st.Frames[st.CurFrame-1]
	callback := callee.InCallback
	if callback {
		if err := v.checkCallbackReturn(callee, r0); err != nil {
			return err
		}
		v.idx = int(callee.Callsite)
	} else {
		caller.Regs[insn.R0] = *r0
		v.idx = int(callee.Callsite) + 1
	}
	if v.Level > 0 {
		v.Verbose("returning from callee:")
		v.State(v.st, callee.Frameno, true)
		v.Verbose("to caller at %d:", v.idx)
		v.State(v.st, caller.Frameno, true)
	}
	st.Frames[st.CurFrame] = nil
	st.CurFrame--
	v.walk.pool.FreeFrame(callee)
	if !callback {
		return nil
	}
	// What the callback changes round by round is widened, so that the rounds converge.
	if prev := v.findPrevEntry(st, v.idx); prev != nil {
		v.widenImpreciseScalars(prev, st)
	}
	return nil
}

func (v *verifier) checkCallbackReturn(callee *state.Frame, r0 *state.Reg) error {
	if r0.Type != abi.SCALAR_VALUE {
		return v.Reject(abi.EACCES, "R0 not a scalar value")
	}
	if err := v.precision.MarkReg(v.st, insn.R0); err != nil {
		return err
	}
	if !retWithin(callee.CallbackRet, r0, false) {
		return v.rejectScalar(r0, callee.CallbackRet, "At callback return", "R0")
	}
	if !v.code.Has(int(callee.Callsite), cfg.CallsCallback) {
		return v.Bug("in callback at %d, callsite %d !calls_callback", v.idx, callee.Callsite)
	}
	return nil
}

// retWithin reports that every value of r lies in the range.
func retWithin(want state.RetRange, r *state.Reg, ret32 bool) bool {
	if ret32 {
		return want.Min <= r.S32Min && r.S32Max <= want.Max
	}
	return int64(want.Min) <= r.Smin && r.Smax <= int64(want.Max)
}

// rejectScalar says what a value is and what it should have been (verbose_invalid_scalar).
func (v *verifier) rejectScalar(r *state.Reg, want state.RetRange, ctx, regName string) error {
	var has strings.Builder
	if r.Smin > math.MinInt64 {
		fmt.Fprintf(&has, " smin=%d", r.Smin)
	}
	if r.Smax < math.MaxInt64 {
		fmt.Fprintf(&has, " smax=%d", r.Smax)
	}
	if has.Len() == 0 {
		has.WriteString(" unknown scalar value")
	}
	return v.Reject(abi.EINVAL, "%s the register %s has%s should have been in [%d, %d]", ctx, regName, &has, want.Min, want.Max)
}

// checkReturnCode verifies the value in regno with which the program ends (check_return_code).
func (v *verifier) checkReturnCode(regno int, regName string) error {
	entry := v.st.Frames[0]
	r := &v.regs()[regno]
	whole := entry.Subprog == 0 || entry.InExceptionCallback // the value is the program's own result
	prog := v.rules
	var returned *types.Set
	if whole {
		void := v.target.ReturnsVoid()
		switch {
		case prog.Type == abi.PROG_TYPE_LSM && prog.Attach != abi.ATTACH_LSM_CGROUP && void,
			prog.Type == abi.PROG_TYPE_STRUCT_OPS && void:
			return nil
		case prog.Type == abi.PROG_TYPE_STRUCT_OPS && !entry.InExceptionCallback:
			var id uint32
			if returned, id = v.target.Returned(); returned == nil {
				break
			}
			if r.Type.Base() == abi.PTR_TO_BTF_ID && v.setOf(r) == returned && r.BTFID == id && r.RefObjID != 0 {
				return v.checkPtrOffReg(r, regno, false)
			}
		}
	}
	if err := v.checkRegRead(regno); err != nil {
		return err
	}
	if v.isPointerValue(regno) {
		return v.Reject(abi.EACCES, "R%d leaks addr as return value", regno)
	}
	if entry.InAsyncCallback {
		return v.enforceReturn(r, regno, entry.CallbackRet, false, "At async callback return", regName)
	}
	if !whole {
		if r.Type != abi.SCALAR_VALUE {
			return v.Reject(abi.EINVAL, "At subprogram exit the register R%d is not a scalar value (%s)", regno, r.Type)
		}
		return nil
	}
	if returned != nil {
		return v.enforceReturn(r, regno, state.RetRange{}, false, "At program exit", regName)
	}
	want := v.returnRange(prog)
	switch {
	case want.Unsupported:
		return vlog.Fail(abi.ENOTSUPP)
	case !want.Checked:
		return nil
	}
	err := v.enforceReturn(r, regno, state.RetRange{Min: want.Min, Max: want.Max}, want.Ret32, "At program exit", regName)
	if vlog.Errno(err) == abi.EINVAL && entry.Subprog == 0 && prog.Type == abi.PROG_TYPE_LSM &&
		prog.Attach == abi.ATTACH_LSM_CGROUP && v.target.ReturnsVoid() && r.Type == abi.SCALAR_VALUE {
		v.Verbose("Note, BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!")
	}
	return err
}

// returnRange is what the program's type and attach point let it return.
func (v *verifier) returnRange(prog kmodel.Prog) kmodel.RetRange {
	// A raw tracepoint that is attached by BTF id is a trace program in all but name.
	if prog.Type == abi.PROG_TYPE_RAW_TRACEPOINT && v.img.AttachBTFID != 0 {
		return kmodel.RetRange{Checked: true}
	}
	return v.k.RetRange(prog, v.target.ReturnsVoid())
}

// enforceReturn verifies that r is a number within a range; what it is then matters to pruning.
func (v *verifier) enforceReturn(r *state.Reg, regno int, want state.RetRange, ret32 bool, ctx, regName string) error {
	if r.Type != abi.SCALAR_VALUE {
		return v.Reject(abi.EINVAL, "%s the register R%d is not a known value (%s)", ctx, regno, r.Type)
	}
	if err := v.precision.MarkReg(v.st, regno); err != nil {
		return err
	}
	if !retWithin(want, r, ret32) {
		return v.rejectScalar(r, want, ctx, regName)
	}
	return nil
}
