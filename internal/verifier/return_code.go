package verifier

import (
	"fmt"
	"math"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// retWithin reports that every value of r is one that may be returned.
func (v *verifier) retWithin(want state.RetRange, r *state.Reg, ret32 bool) bool {
	if !v.k.Has(kmodel.RetRangesSigned) {
		return r.Var.Within(retBits(want))
	}
	return retWithin(want, r, ret32)
}

// bitsOf are a number's bits as older kernels log them, of one that is known, too.
func bitsOf(t scalar.Tnum) string { return fmt.Sprintf("(%#x; %#x)", t.Value, t.Mask) }

// retBits are the bits that a value within a range may have.
func retBits(want state.RetRange) scalar.Tnum {
	return scalar.TnumRange(uint64(int64(want.Min)), uint64(int64(want.Max)))
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
	if !v.k.Has(kmodel.RetRangesSigned) {
		has := "has unknown scalar value"
		if r.Var != scalar.Unknown().Var {
			has = "has value " + bitsOf(r.Var)
		}
		return v.Reject(abi.EINVAL, "%s the register %s %s should have been in %s", ctx, regName, has, bitsOf(retBits(want)))
	}
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

// checkReturnCode verifies the value in regno with which a walk ends (check_return_code): of the program,
// of a callback that runs on its own, or of a global function.
func (v *verifier) checkReturnCode(regno int, regName string) error {
	entry := v.st.Frames[0]
	r := &v.regs()[regno]
	// The value is the program's own result.
	thrown := regno != insn.R0
	program := entry.Subprog == 0 || entry.InExceptionCallback || thrown && v.k.Has(kmodel.GlobalFuncThrows)
	returnsPtr := false
	if program {
		if v.returnsNothing() {
			return nil
		}
		if v.rules.Type == abi.PROG_TYPE_STRUCT_OPS && !entry.InExceptionCallback {
			var owned bool
			if returnsPtr, owned = v.returnsObject(r); owned {
				return v.checkFixedOffset(r, regno, false)
			}
		}
	}
	if !program && !entry.InAsyncCallback && v.subprogs[entry.Subprog].void {
		return nil
	}
	if err := v.checkRegRead(regno); err != nil {
		return err
	}
	switch {
	case entry.InAsyncCallback && !v.k.Has(kmodel.RetRangesSigned):
		if r.Type != abi.SCALAR_VALUE {
			return v.Reject(abi.EINVAL, "In async callback the register R0 is not a known value (%s)", r.Type)
		}
		return v.enforceReturn(r, regno, entry.CallbackRet, false, "At async callback", regName)
	case entry.InAsyncCallback:
		return v.enforceReturn(r, regno, entry.CallbackRet, false, "At async callback return", regName)
	case !program && r.Type == abi.PTR_TO_ARENA && v.k.Has(kmodel.ArenaTypeTags):
		return nil
	case !program && r.Type != abi.SCALAR_VALUE:
		return v.Reject(abi.EINVAL, "At subprogram exit the register R%d is not a scalar value (%s)", regno, r.Type)
	case !program:
		return nil
	case returnsPtr: // and NULL instead
		return v.enforceReturn(r, regno, state.RetRange{}, false, "At program exit", regName)
	}
	return v.checkProgramResult(r, regno, regName)
}

// returnsNothing reports programs whose result nobody looks at, as the function they stand for has none.
func (v *verifier) returnsNothing() bool {
	if !v.target.ReturnsVoid() {
		return false
	}
	switch v.rules.Type {
	case abi.PROG_TYPE_STRUCT_OPS:
		return true
	case abi.PROG_TYPE_LSM:
		return v.rules.Attach != abi.ATTACH_LSM_CGROUP
	}
	return false
}

// returnsObject reports that a struct_ops operation returns a pointer, and whether r is one the program may give away.
func (v *verifier) returnsObject(r *state.Reg) (returnsPtr, owned bool) {
	set, id := v.target.Returned()
	if set == nil {
		return false, false
	}
	return true, r.Type.Base() == abi.PTR_TO_BTF_ID && v.setOf(r) == set && r.BTFID == id && r.RefObjID != 0
}

// checkProgramResult verifies a number that the program returns.
func (v *verifier) checkProgramResult(r *state.Reg, regno int, regName string) error {
	want := v.returnRange()
	switch {
	case want.Unsupported:
		return vlog.Fail(abi.ENOTSUPP)
	case !want.Checked:
		return nil
	}
	err := v.enforceReturn(r, regno, state.RetRange{Min: want.Min, Max: want.Max}, want.Ret32, "At program exit", regName)
	if vlog.Errno(err) == abi.EINVAL && v.st.Frames[0].Subprog == 0 && v.rules.Type == abi.PROG_TYPE_LSM &&
		v.rules.Attach == abi.ATTACH_LSM_CGROUP && v.target.ReturnsVoid() && r.Type == abi.SCALAR_VALUE {
		v.Verbose("Note, BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!")
	}
	return err
}

// returnRange is what the program's type and attach point let it return.
func (v *verifier) returnRange() kmodel.RetRange {
	// A raw tracepoint that is attached by BTF id is a trace program in all but name.
	if v.rules.Type == abi.PROG_TYPE_RAW_TRACEPOINT && v.img.AttachBTFID != 0 {
		return kmodel.RetRange{Checked: true}
	}
	return v.k.RetRange(v.rules, v.target.ReturnsVoid())
}

// enforceReturn verifies that r is a number within a range; what it is then matters to pruning.
func (v *verifier) enforceReturn(r *state.Reg, regno int, want state.RetRange, ret32 bool, ctx, regName string) error {
	if r.Type != abi.SCALAR_VALUE {
		return v.Reject(abi.EINVAL, "%s the register R%d is not a known value (%s)", ctx, regno, r.Type)
	}
	if v.k.Has(kmodel.RetRangesSigned) {
		if err := v.precision.MarkReg(v.st, regno); err != nil {
			return err
		}
	}
	if !v.retWithin(want, r, ret32) {
		return v.rejectScalar(r, want, ctx, regName)
	}
	return nil
}

// isThrow reports a call of bpf_throw, which does not return.
func (v *verifier) isThrow(in *insn.Insn) bool { return v.ruleOf(in).traits&throws != 0 }

// checkThrow verifies a bpf_throw. Without an exception callback of its own, the
// program returns what was thrown, so that must be a valid result.
func (c *call) checkThrow() error {
	v := c.v
	v.seenException = true
	if v.code.ExceptionCallback != 0 {
		return nil
	}
	return v.checkReturnCode(insn.R1, "R1")
}
