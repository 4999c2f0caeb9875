package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// calleeSetter prepares the callee's frame from the caller's. idx is the call.
type calleeSetter func(v *verifier, caller, callee *state.Frame, idx int) error

// setCallee hands the argument registers to a subprogram.
func setCallee(v *verifier, caller, callee *state.Frame, _ int) error {
	for r := insn.R1; r <= insn.R5; r++ {
		v.pass(callee, r, caller, r)
	}
	return nil
}

// pass hands a register to a function that is entered.
func (v *verifier) pass(callee *state.Frame, to int, caller *state.Frame, from int) {
	callee.Regs[to] = caller.Regs[from]
	v.passed[to] = uint8(from)
}

// enterFunction pushes a frame for subprog onto st's call stack (setup_func_entry).
func (v *verifier) enterFunction(subprog, callsite int, set calleeSetter, st *state.State) error {
	if !v.k.MayNest(int(st.CurFrame) + 2) {
		return v.Reject(abi.E2BIG, "the call stack of %d frames is too deep", st.CurFrame+2)
	}
	callee := v.newFrame(callsite, st.CurFrame+1, subprog)
	v.passed = [insn.R6]uint8{}
	if err := set(v, st.Cur(), callee, callsite); err != nil {
		v.paths.Pool.FreeFrame(callee)
		return err
	}
	st.CurFrame++
	st.Frames[st.CurFrame] = callee
	if len(st.Marks) > 0 {
		st.MarkReads()
		for to, from := range v.passed {
			if from != 0 {
				st.PassReg(st.CurFrame, to, st.CurFrame-1, int(from))
			}
		}
	}
	return nil
}

// forgetCallerSaved makes r0-r5 of a frame unreadable.
func (v *verifier) forgetCallerSaved(st *state.State, frame uint32) {
	regs := &st.Frames[frame].Regs
	for i := insn.R0; i <= insn.R5; i++ {
		regs[i].MarkNotInit()
	}
}

// scratchCallerSaved is forgetCallerSaved where they count as written (clear_caller_saved_regs).
func (v *verifier) scratchCallerSaved(st *state.State, frame uint32) {
	v.forgetCallerSaved(st, frame)
	st.WriteRegs(frame, 1<<insn.R6-1)
	v.Scratch(1<<insn.R6-1, 0)
}

// callSubprog verifies a call of a subprogram at v.idx and sets v.idx so that v.idx+1
// is executed next (check_func_call). Static functions are walked from here, with what
// the caller passes; global ones are walked once, for all arguments their types allow.
// throws says that this path goes on with an exception.
func (v *verifier) callSubprog(in *insn.Insn) (throws bool, err error) {
	target := v.idx + int(in.Imm) + 1
	subprog := v.code.Find(target)
	if subprog < 0 {
		return false, v.Bug("target of func call at insn %d is not a program", target)
	}
	caller := v.st.Cur()
	argErr := v.checkSubprogArgs(subprog, &caller.Regs)
	if argErr != nil && (!vlog.IsRefusal(argErr) || vlog.Errno(argErr) == abi.EFAULT) {
		return false, argErr
	}
	if sub := &v.subprogs[subprog]; sub.Global {
		if err = v.callGlobal(subprog, caller, argErr); err != nil || !sub.MightThrow || !v.k.Has(kmodel.GlobalFuncThrows) {
			return false, err
		}
		_, err = v.paths.Push(v.st, v.idx+1, v.idx, abi.E2BIG)
		return true, err
	}
	if err := v.enterFunction(subprog, v.idx, setCallee, v.st); err != nil {
		return false, err
	}
	v.scratchCallerSaved(v.st, caller.Frameno)
	v.idx = v.subprogs[subprog].Start - 1
	v.live.Leave()
	if v.Level > 0 {
		v.Verbose("caller:")
		v.State(v.st, caller.Frameno, true)
		v.Verbose("callee:")
		v.State(v.st, v.st.CurFrame, true)
	}
	return false, nil
}

// leaveFunction leaves a subprogram or callback and sets v.idx to the instruction to go on with. A callback
// returns to the call it came from, where it may be called again (prepare_func_exit).
func (v *verifier) leaveFunction() error {
	v.live.Update(v.st)
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
		if v.idx = int(callee.Callsite); !v.k.Has(kmodel.CallbackRounds) {
			v.idx++
		}
	} else {
		caller.Regs[insn.R0] = *r0
		st.PassReg(caller.Frameno, insn.R0, st.CurFrame, insn.R0)
		v.idx = int(callee.Callsite) + 1
	}
	if v.Level > 0 {
		v.Verbose("returning from callee:")
		v.State(v.st, callee.Frameno, true)
		v.Verbose("to caller at %d:", v.idx)
		v.State(v.st, caller.Frameno, true)
	}
	st.Frames[st.CurFrame] = nil
	st.LeaveMarks()
	st.CurFrame--
	v.paths.Pool.FreeFrame(callee)
	if !callback || !v.k.Has(kmodel.CallbackRounds) {
		return nil
	}
	// What the callback changes round by round is widened, so that the rounds converge.
	if prev := v.paths.Previous(st, v.idx); prev != nil {
		v.paths.Widen(prev, st)
	}
	return nil
}

func (v *verifier) checkCallbackReturn(callee *state.Frame, r0 *state.Reg) error {
	if r0.Type != abi.SCALAR_VALUE {
		return v.Reject(abi.EACCES, "R0 not a scalar value")
	}
	v.markRegRead(insn.R0)
	if err := v.precision.MarkReg(v.st, insn.R0); err != nil {
		return err
	}
	if !v.retWithin(callee.CallbackRet, r0, false) {
		return v.rejectScalar(r0, callee.CallbackRet, "At callback return", "R0")
	}
	if !v.code.Has(int(callee.Callsite), cfg.CallsCallback) {
		return v.Bug("in callback at %d, callsite %d !calls_callback", v.idx, callee.Callsite)
	}
	return nil
}

// callGlobal takes a global function for granted. argErr says that the arguments don't fit.
func (v *verifier) callGlobal(subprog int, caller *state.Frame, argErr error) error {
	sub := &v.subprogs[subprog]
	if v.st.ActiveLocks > 0 {
		return v.Reject(abi.EINVAL, "global function calls are not allowed while holding a lock,\nuse static function instead")
	}
	if err := v.globalMaySleepHere(subprog); err != nil {
		return err
	}
	if argErr != nil && !v.k.Has(kmodel.GlobalFuncsLazy) {
		e := vlog.Errno(argErr)
		if !v.k.Has(kmodel.OffsetsNegativeNamed) {
			e = abi.EINVAL
		}
		return v.Reject(e, "Caller passes invalid args into func#%d", subprog)
	}
	if argErr != nil {
		return v.Reject(vlog.Errno(argErr), "Caller passes invalid args into func#%d ('%s')", subprog, v.code.SubprogName(subprog))
	}
	switch {
	case v.Level == 0:
	case v.k.Has(kmodel.GlobalFuncsLazy):
		v.Verbose("Func#%d ('%s') is global and assumed valid.", subprog, v.code.SubprogName(subprog))
	default:
		v.Verbose("Func#%d is global and valid. Skipping.", subprog)
	}
	if sub.ChangesPkt && v.k.Has(kmodel.PacketMovesFollowed) {
		v.forgetPackets()
	}
	sub.called[contextOf(v.inSleepableContext())] = true
	v.scratchCallerSaved(v.st, caller.Frameno)
	if !sub.void {
		caller.Regs[insn.R0].MarkUnknown()
	}
	return nil
}

// contextOf is the index of a context in what is noted of global functions.
func contextOf(sleepable bool) int {
	if sleepable {
		return 1
	}
	return 0
}

// inSleepableContext reports that what is called here may sleep, on kernels that tell by the place of a call and not by
// the program.
func (v *verifier) inSleepableContext() bool {
	here := v.atomicRegion() == regionNone
	if here != v.prog.Sleepable && !v.k.Has(kmodel.GlobalFuncsBySleep) {
		return v.prog.Sleepable
	}
	return here
}

// globalMaySleepHere refuses a global function that may sleep where that is not allowed.
// Kernels that don't know which may refuse all of them where preemption is off.
func (v *verifier) globalMaySleepHere(subprog int) error {
	if !v.k.Has(kmodel.GlobalFuncContext) {
		if v.st.ActivePreemptLocks > 0 {
			return v.Reject(abi.EINVAL, "global function calls are not allowed with preemption disabled,\nuse static function instead")
		}
		return nil
	}
	if !v.subprogs[subprog].MightSleep {
		return nil
	}
	why := v.atomicRegion()
	switch {
	case why == regionNone:
		return nil
	case v.k.Has(kmodel.SleepableMessages):
		return v.Reject(abi.EINVAL, "sleepable global function %s() called in %s", v.code.SubprogName(subprog), why)
	}
	return v.Reject(abi.EINVAL, "global functions that may sleep are not allowed in non-sleepable context,\n"+
		"i.e., in a RCU/IRQ/preempt-disabled section, or in\na non-sleepable BPF program context")
}

// checkSubprogArgs verifies that registers fit the types a subprogram's BTF gives its arguments. If they
// don't, its BTF is not believed any more (btf_check_subprog_call).
func (v *verifier) checkSubprogArgs(subprog int, regs *[insn.MaxReg]state.Reg) error {
	if len(v.img.Funcs) == 0 {
		return vlog.Fail(abi.EINVAL)
	}
	sub := &v.subprogs[subprog]
	if subprog == 0 {
		if err := v.describeMain(); err != nil {
			return err
		}
	}
	if sub.unreliable {
		return vlog.Fail(abi.EINVAL)
	}
	err := v.matchSubprogArgs(subprog, regs)
	if err != nil {
		sub.unreliable = true
	}
	return err
}

// matchSubprogArgs is checkSubprogArgs for BTF that is believed (btf_check_func_arg_match).
func (v *verifier) matchSubprogArgs(subprog int, regs *[insn.MaxReg]state.Reg) error {
	if sub := &v.subprogs[subprog]; !sub.Global && !v.k.Has(kmodel.FuncArgTags) {
		return v.matchOlder(sub, regs)
	}
	if err := v.describeFunc(subprog); err != nil {
		return err
	}
	c := &v.callee
	*c = call{v: v, rule: &noRule, subprog: subprog}
	for i := range v.subprogs[subprog].args {
		regno := insn.R1 + i
		at := &v.subprogs[subprog].args[i]
		a := arg{i: i, regno: regno, r: &regs[regno], typ: at.typ, want: at.btfID, size: at.memSize}
		if err := c.matchArg(a); err != nil {
			return err
		}
	}
	return nil
}

// matchArg verifies an argument of a function of the program.
func (c *call) matchArg(a arg) error {
	if a.typ.HasAll(abi.PTR_UNTRUSTED) {
		return nil // only ever read, by loads that survive any address
	}
	row, ok := globalTable[a.typ.Base()]
	if !ok {
		return c.v.Bug("unrecognized arg#%d type %d", a.i, a.typ)
	}
	if row.offset {
		if err := c.v.checkArgOffset(a.r, a.regno, a.typ.Base()); err != nil {
			return err
		}
	}
	return c.take(&row, a)
}

// takeGlobalMem verifies memory that the function may read and write.
func (c *call) takeGlobalMem(a arg) error {
	v := c.v
	if err := v.checkMemory(a.r, a.regno, a.size, true); vlog.IsRefusal(err) {
		return vlog.Fail(abi.EINVAL)
	} else if err != nil {
		return err
	}
	if v.subprogs[c.subprog].ChangesPkt && (isPacketOrEnd(a.r) || isPacketSlice(a.r)) && v.k.Has(kmodel.PacketArgsMayMove) {
		return v.Reject(abi.EINVAL, "%s is a packet pointer, but func#%d may change packet data", v.argName("arg#", a.i), c.subprog)
	}
	if !a.typ.HasAll(abi.PTR_MAYBE_NULL) && (a.r.Type.MaybeNull() || nullReg(a.r) && v.k.Has(kmodel.PacketArgsMayMove)) {
		return v.Reject(abi.EINVAL, "%s is expected to be non-NULL", v.argName("arg#", a.i))
	}
	return nil
}

// takeTyped verifies a pointer to a kernel struct.
func (c *call) takeTyped(a arg) error {
	if nullReg(a.r) && a.typ.HasAll(abi.PTR_MAYBE_NULL) {
		return nil
	}
	if err := c.checkArgType(a); err != nil {
		return err
	}
	return c.v.checkArgOffset(a.r, a.regno, a.typ)
}
