package verifier

import (
	"context"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// run verifies the program: what can be checked without walking, main, the global
// functions it calls, and what is known only after the walk.
func (v *verifier) run() error {
	if err := v.prepare(); err != nil {
		return err
	}
	if !v.k.Has(kmodel.GlobalFuncsLazy) {
		if err := v.walkAllGlobals(); err != nil {
			return err
		}
	}
	if err := v.walkFrom(0, v.prog.Sleepable); err != nil {
		return err
	}
	if err := v.walkGlobals(); err != nil {
		return err
	}
	return v.finish()
}

// walkAllGlobals verifies every global function, called or not.
func (v *verifier) walkAllGlobals() error {
	for i := 1; i < len(v.subprogs) && len(v.img.Funcs) > 0; i++ {
		if !v.subprogs[i].Global {
			continue
		}
		if err := v.walkGlobal(i, v.prog.Sleepable); err != nil {
			return err
		}
	}
	return nil
}

// walkGlobal verifies a global function, alone and for all arguments its type allows.
func (v *verifier) walkGlobal(i int, sleepable bool) error {
	if err := v.walkFrom(i, sleepable); err != nil {
		return err
	}
	switch {
	case v.Level == 0:
	case v.k.Has(kmodel.GlobalFuncsLazy):
		v.Verbose("Func#%d ('%s') is safe for any args that match its prototype", i, v.code.SubprogName(i))
	default:
		v.Verbose("Func#%d is safe for any args that match its prototype", i)
	}
	v.subprogs[i].verified[contextOf(sleepable)] = true
	return nil
}

// walkGlobals verifies every global function that was called, until no new one is called.
func (v *verifier) walkGlobals() error {
	if len(v.img.Funcs) == 0 {
		return nil
	}
	if v.code.ExceptionCallback != 0 {
		v.subprogs[v.code.ExceptionCallback].called[contextOf(v.prog.Sleepable)] = true
	}
	for again := true; again; {
		again = false
		for i := 1; i < len(v.subprogs); i++ {
			sub := &v.subprogs[i]
			for _, sleepable := range []bool{false, true} {
				if c := contextOf(sleepable); !sub.Global || !sub.called[c] || sub.verified[c] {
					continue
				}
				if err := v.walkGlobal(i, sleepable); err != nil {
					return err
				}
				again = true
			}
		}
	}
	return nil
}

// walkFrom follows every path of one function, subprogs[0] being the program itself.
func (v *verifier) walkFrom(subprog int, sleepable bool) error {
	v.StartPath()
	v.idx, v.root = v.subprogs[subprog].Start, subprog
	st := v.paths.Pool.State()
	st.Branches = 1
	st.InSleepable = sleepable
	st.FirstInsn = uint32(v.idx)
	st.LastInsn = ^uint32(0)
	st.Frames[0] = v.newFrame(state.MainCallsite, 0, subprog)
	if v.marksReads() {
		st.MarkReads()
	}
	v.st = st
	v.paths.Begin()
	err := v.initEntry(subprog)
	if err == nil {
		err = v.followPaths()
	}
	if err == nil && v.Level < 2 {
		v.Reset(0)
	}
	if v.recorder != nil {
		v.findPoints()
	}
	v.paths.Drop(v.st)
	v.st = nil
	return err
}

// countInsn counts an instruction for the functions that are entered, and for the one whose paths are followed, which callbacks
// that run later are not entered from.
func (v *verifier) countInsn() {
	root := false
	for _, f := range v.st.Frames[:v.st.CurFrame+1] {
		v.code.Subprogs[f.Subprog].Total++
		root = root || int(f.Subprog) == v.root
	}
	v.code.Subprogs[v.st.Cur().Subprog].Self++
	if !root {
		v.code.Subprogs[v.root].Total++
	}
}

// newFrame returns a frame in which only the frame pointer is readable (init_func_state).
func (v *verifier) newFrame(callsite int, frameno uint32, subprog int) *state.Frame {
	f := v.paths.Pool.Frame()
	*f = state.Frame{Call: state.Call{Callsite: int32(callsite), Frameno: frameno, Subprog: uint32(subprog)}, Stack: f.Stack[:0]}
	for i := range f.Regs {
		f.Regs[i].MarkNotInit()
	}
	fp := &f.Regs[insn.FP]
	fp.MarkPtr(abi.PTR_TO_STACK)
	fp.Frame = uint8(frameno)
	v.ScratchAll()
	return f
}

// followPaths walks from v.idx until every pending path is done.
func (v *verifier) followPaths() error {
	prev := -1
	v.StartsPath = false
	v.walking = true
	for {
		v.precision.NextInsn()
		v.prevIdx = prev
		if v.idx >= len(v.insns) {
			return v.Reject(abi.EFAULT, "invalid insn idx %d insn_cnt %d", v.idx, len(v.insns))
		}
		v.paths.Processed++
		if v.counts {
			v.countInsn()
		}
		if v.recorder != nil {
			v.recorder.See(v.paths.Processed, v.idx, v.st)
		}
		if v.paths.Processed > program.MaxInsns {
			return v.Reject(abi.E2BIG, "BPF program is too large. Processed %d insn", v.paths.Processed)
		}
		if v.paths.Processed&0x3ff == 0 {
			if err := v.checkMeans(); err != nil {
				return err
			}
		}
		st := v.st
		st.LastInsn = uint32(v.prevIdx)
		st.InsnIdx = uint32(v.idx)
		v.InsnAt = v.Position()
		done := false
		if v.code.Has(v.idx, cfg.PrunePoint) {
			covered, err := v.paths.Visited(st)
			if err != nil {
				return err
			}
			if covered {
				v.logSafe()
				done = true
			}
		}
		if !done {
			if v.code.Has(v.idx, cfg.JmpPoint) {
				v.precision.Remember(v.st, v.idx, v.prevIdx, 0, 0)
			}
			if v.Level > 0 {
				v.Step(v.st, v.idx, v.prevIdx)
				v.InsnAt = v.Position()
			}
			v.code.Seen[v.idx] = true
			prev = v.idx
			v.live.Begin(v.st, v.idx)
			var err error
			if done, err = v.step(); err != nil {
				return err
			}
			v.live.Commit()
		}
		if !done {
			continue
		}
		v.ScratchAll()
		if err := v.paths.Ended(v.st); err != nil {
			return err
		}
		v.live.Update(v.st)
		next, idx, from := v.paths.Pop(v.st)
		if next == nil {
			v.walking = false
			return nil
		}
		v.st, v.idx, prev = next, idx, from
		v.StartsPath = true
	}
}

// checkMeans ends a walk that takes more time or memory than it may.
func (v *verifier) checkMeans() error {
	if v.ctx.Err() != nil {
		return v.Unsupported("verification was stopped: %v", context.Cause(v.ctx))
	}
	if v.paths.Pool.Spent {
		return v.Unsupported("verification was stopped: its states need more than %d MiB of memory", v.opts.Memory.Limit()>>20)
	}
	return nil
}

// logSafe logs that the path ends in a state known to be safe.
func (v *verifier) logSafe() {
	switch {
	case v.Level == 0:
	case v.StartsPath:
		v.Verbose("\nfrom %d to %d: safe", v.prevIdx, v.idx)
	default:
		v.Verbose("%d: safe", v.idx)
	}
}

// step verifies the instruction at v.idx and moves v.idx on. done says that the path ends here.
func (v *verifier) step() (done bool, err error) {
	in := &v.insns[v.idx]
	switch in.Class() {
	case insn.ALU, insn.ALU64:
		err = v.checkALU(in)
	case insn.LDX:
		err = v.checkLoad(in)
	case insn.STX:
		if in.Mode() == insn.ATOMIC {
			err = v.checkAtomic(in)
		} else if err = v.checkFields(in); err == nil {
			err = v.checkStore(in)
		}
	case insn.ST:
		if err = v.checkFields(in); err == nil {
			err = v.checkStoreImm(in)
		}
	case insn.JMP, insn.JMP32:
		return v.stepJump(in)
	case insn.LD:
		switch in.Mode() {
		case insn.ABS, insn.IND:
			err = v.checkLdAbs(in)
		case insn.IMM:
			if err = v.checkLdImm64(in); err == nil {
				v.idx++
				v.code.Seen[v.idx] = true
			}
		default:
			err = v.Reject(abi.EINVAL, "invalid BPF_LD mode")
		}
	}
	if err != nil {
		return false, err
	}
	v.idx++
	return false, nil
}

// stepJump is step for calls, jumps and exits.
func (v *verifier) stepJump(in *insn.Insn) (done bool, err error) {
	v.paths.Jmps++
	switch in.Op() {
	case insn.CALL:
		if err = v.checkFields(in); err != nil {
			return false, err
		}
		if v.st.ActiveLocks > 0 && v.lockForbidsCall(in) {
			return false, v.Reject(abi.EINVAL, "function calls are not allowed while holding a lock")
		}
		switch in.Src {
		case insn.PSEUDO_CALL:
			var throws bool
			if throws, err = v.callSubprog(in); throws && err == nil {
				return v.exitPath(true)
			}
		case insn.PSEUDO_KFUNC_CALL:
			err = v.checkKfuncCall(in)
			if err == nil && v.isThrow(in) {
				return v.exitPath(true)
			}
		default:
			err = v.checkHelperCall(in)
		}
		if err != nil {
			return false, err
		}
		if !in.IsKfuncCall() || v.ShowsReads() {
			v.ScratchReg(insn.R0)
		}
		v.idx++
		return false, nil
	case insn.JA:
		if err = v.checkFields(in); err != nil {
			return false, err
		}
		if in.IsIndirectJump() {
			return false, v.jumpIndirect(in)
		}
		if in.Class() == insn.JMP {
			v.idx += int(in.Off) + 1
		} else {
			v.idx += int(in.Imm) + 1
		}
		return false, nil
	case insn.EXIT:
		if err = v.checkFields(in); err != nil {
			return false, err
		}
		return v.exitPath(false)
	}
	if err = v.checkBranch(in); err != nil {
		return false, err
	}
	v.idx++
	return false, nil
}

// exitPath leaves the current function. Nothing may be held at the program's end;
// a callback must hold what its caller held.
func (v *verifier) exitPath(exception bool) (done bool, err error) {
	how := byExit
	if exception {
		how = byThrow
	}
	if err := v.checkResourceLeak(how, exception || v.st.CurFrame == 0); err != nil {
		return false, err
	}
	if exception {
		return true, nil
	}
	if v.st.CurFrame > 0 {
		if err := v.leaveFunction(); err != nil {
			return false, err
		}
		v.StartsPath = true
		return false, nil
	}
	if err := v.checkReturnCode(insn.R0, "R0"); err != nil {
		return false, err
	}
	return true, nil
}
