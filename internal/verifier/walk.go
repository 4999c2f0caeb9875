package verifier

import (
	"context"
	"errors"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

const (
	// complexityLimitInsns and complexityLimitJmpSeq bound a walk
	// (BPF_COMPLEXITY_LIMIT_INSNS, BPF_COMPLEXITY_LIMIT_JMP_SEQ).
	complexityLimitInsns  = program.MaxInsns
	complexityLimitJmpSeq = 8192
)

// walk holds the paths still to be followed, the states seen, and what it all cost.
type walk struct {
	pool     state.Pool
	compare  state.Comparer
	live     func(ip uint32) uint16
	pending  []pendingPath
	explored [][]*state.State // by (instruction ^ call site) mod length, newest last
	visits   map[uint32][]*sccVisit

	processed, jmps         int
	prevProcessed, prevJmps int // when the last state was remembered
	totalStates, peakStates int
	maxStatesPerInsn        int
	exploredSize, freeSize  int
	backedges               int
}

// pendingPath is a branch to be followed later.
type pendingPath struct {
	st          *state.State
	idx, prev   int
	logPosition int
}

func newVerifier(ctx context.Context, img *object.Image, k *kmodel.Model, opts Options) *verifier {
	v := &verifier{ctx: ctx, img: img, k: k, opts: opts, insns: img.Insns, maps: img.Maps}
	v.prog, v.rules = attach.Program(img), attach.Rules(img)
	v.typesets = img.Types
	v.Printer = vlog.NewPrinter(&vlog.Log{Level: opts.LogLevel, Max: opts.MaxLog, BugPrefix: k.Wording().Bug}, img, &v.maps, v.helperName)
	v.walk.pool.Budget = opts.Memory
	v.walk.live = func(ip uint32) uint16 { return v.code.LiveRegs[ip] }
	return v
}

// run verifies the program: what can be checked without walking, main, the global
// functions it calls, and what is known only after the walk.
func (v *verifier) run() error {
	if err := v.prepare(); err != nil {
		return err
	}
	v.walk.explored = make([][]*state.State, len(v.insns))
	if err := v.walkFrom(0); err != nil {
		return err
	}
	if err := v.walkGlobals(); err != nil {
		return err
	}
	return v.finish()
}

// walkGlobals verifies every global function that was called, alone and for all
// arguments its type allows, until no new one is called.
func (v *verifier) walkGlobals() error {
	if len(v.img.Funcs) == 0 {
		return nil
	}
	if v.code.ExceptionCallback != 0 {
		v.subprogs[v.code.ExceptionCallback].called = true
	}
	for again := true; again; {
		again = false
		for i := 1; i < len(v.subprogs); i++ {
			sub := &v.subprogs[i]
			if !sub.Global || !sub.called || sub.verified {
				continue
			}
			if err := v.walkFrom(i); err != nil {
				return err
			}
			if v.Level > 0 {
				v.Verbose("Func#%d ('%s') is safe for any args that match its prototype", i, v.code.SubprogName(i))
			}
			sub.verified = true
			again = true
		}
	}
	return nil
}

// walkFrom follows every path of one function, subprogs[0] being the program itself.
func (v *verifier) walkFrom(subprog int) error {
	v.StartPath()
	v.idx = v.subprogs[subprog].Start
	st := v.walk.pool.State()
	st.Branches = 1
	st.InSleepable = v.prog.Sleepable
	st.FirstInsn = uint32(v.idx)
	st.LastInsn = ^uint32(0)
	st.Frames[0] = v.newFrame(state.MainCallsite, 0, subprog)
	v.st = st
	err := v.initEntry(subprog)
	if err == nil {
		err = v.followPaths()
	}
	if err == nil && v.Level < 2 {
		v.Reset(0)
	}
	v.dropStates()
	return err
}

// newFrame returns a frame in which only the frame pointer is readable (init_func_state).
func (v *verifier) newFrame(callsite int, frameno uint32, subprog int) *state.Frame {
	f := v.walk.pool.Frame()
	*f = state.Frame{Stack: f.Stack[:0], Callsite: int32(callsite), Frameno: frameno, Subprog: uint32(subprog)}
	for i := range f.Regs {
		markNotInit(&f.Regs[i])
	}
	fp := &f.Regs[insn.FP]
	markPtr(fp, abi.PTR_TO_STACK)
	fp.Frame = uint8(frameno)
	v.ScratchAll()
	return f
}

// followPaths walks from v.idx until every pending path is done.
func (v *verifier) followPaths() error {
	prev := -1
	v.StartsPath = false
	for {
		w := &v.walk
		v.precision.NextInsn()
		v.prevIdx = prev
		if v.idx >= len(v.insns) {
			return v.Reject(abi.EFAULT, "invalid insn idx %d insn_cnt %d", v.idx, len(v.insns))
		}
		w.processed++
		if w.processed > complexityLimitInsns {
			return v.Reject(abi.E2BIG, "BPF program is too large. Processed %d insn", w.processed)
		}
		if w.processed&0x3ff == 0 {
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
			covered, err := v.isStateVisited(v.idx)
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
			v.liveResetWriteMarks(v.idx)
			var err error
			if done, err = v.step(); err != nil {
				return err
			}
			v.liveCommitWriteMarks()
		}
		if !done {
			continue
		}
		v.ScratchAll()
		if err := v.updateBranchCounts(v.st); err != nil {
			return err
		}
		v.liveUpdate()
		if !v.popStack(&prev) {
			return nil
		}
		v.StartsPath = true
	}
}

// checkMeans ends a walk that takes more time or memory than it may.
func (v *verifier) checkMeans() error {
	if v.ctx.Err() != nil {
		return v.Unsupported("verification was stopped: %v", context.Cause(v.ctx))
	}
	if v.walk.pool.Spent {
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
		switch {
		case in.Mode() == insn.ATOMIC:
			err = v.checkAtomic(in)
		case in.Mode() != insn.MEM || in.Imm != 0:
			err = v.Reject(abi.EINVAL, "BPF_STX uses reserved fields")
		default:
			err = v.checkStore(in)
		}
	case insn.ST:
		if in.Mode() != insn.MEM || in.Src != 0 {
			err = v.Reject(abi.EINVAL, "BPF_ST uses reserved fields")
		} else {
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
	v.walk.jmps++
	wide := in.Class() == insn.JMP
	switch in.Op() {
	case insn.CALL:
		if in.SrcKind() != insn.K || in.Src != insn.PSEUDO_KFUNC_CALL && in.Off != 0 ||
			in.Src > insn.PSEUDO_KFUNC_CALL || in.Dst != 0 || !wide {
			return false, v.Reject(abi.EINVAL, "BPF_CALL uses reserved fields")
		}
		if v.st.ActiveLocks > 0 && v.lockForbidsCall(in) {
			return false, v.Reject(abi.EINVAL, "function calls are not allowed while holding a lock")
		}
		switch in.Src {
		case insn.PSEUDO_CALL:
			err = v.callSubprog(in)
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
		v.ScratchReg(insn.R0)
		v.idx++
		return false, nil
	case insn.JA:
		if in.SrcKind() == insn.X {
			return false, v.Unsupported("indirect jumps")
		}
		if in.Src != 0 || in.Dst != 0 || wide && in.Imm != 0 || !wide && in.Off != 0 {
			return false, v.Reject(abi.EINVAL, "BPF_JA uses reserved fields")
		}
		if wide {
			v.idx += int(in.Off) + 1
		} else {
			v.idx += int(in.Imm) + 1
		}
		return false, nil
	case insn.EXIT:
		if in.SrcKind() != insn.K || in.Imm != 0 || in.Src != 0 || in.Dst != 0 || !wide {
			return false, v.Reject(abi.EINVAL, "BPF_EXIT uses reserved fields")
		}
		return v.exitPath(false)
	}
	if err = v.checkCondJmp(in); err != nil {
		return false, err
	}
	v.idx++
	return false, nil
}

// exitPath leaves the current function. Nothing may be held at the program's end;
// a callback must hold what its caller held.
func (v *verifier) exitPath(exception bool) (done bool, err error) {
	leaving := "BPF_EXIT instruction in main prog"
	if exception {
		leaving = "bpf_throw"
	}
	if err := v.checkResourceLeak(exception, exception || v.st.CurFrame == 0, leaving); err != nil {
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

// pushStack remembers a copy of the current state to be walked later from idx;
// prev is the instruction it comes from. tooMany is the error number where no more paths can be
// remembered, which each caller has its own idea of.
func (v *verifier) pushStack(idx, prev int, tooMany abi.Errno) (*state.State, error) {
	st := v.walk.pool.State()
	v.walk.pool.Copy(st, v.st)
	v.walk.pending = append(v.walk.pending, pendingPath{st, idx, prev, v.Position()})
	if n := len(v.walk.pending); n > complexityLimitJmpSeq {
		return nil, v.Reject(tooMany, "The sequence of %d jumps is too complex.", n)
	}
	if st.Parent != nil {
		st.Parent.Branches++
	}
	return st, nil
}

// pushAsyncCB remembers to walk an asynchronous callback, which starts on a stack of its own.
func (v *verifier) pushAsyncCB(subprog, idx, prev int, sleepable bool) (*state.State, error) {
	st := v.walk.pool.State()
	v.walk.pending = append(v.walk.pending, pendingPath{st, idx, prev, v.Position()})
	st.Branches = 1
	st.InSleepable = sleepable
	st.Frames[0] = v.newFrame(state.MainCallsite, 0, subprog)
	if n := len(v.walk.pending); n > complexityLimitJmpSeq {
		return nil, v.Reject(abi.EFAULT, "The sequence of %d jumps is too complex for async cb.", n)
	}
	return st, nil
}

// popStack makes the youngest pending path the current one; false if there is none.
func (v *verifier) popStack(prev *int) bool {
	w := &v.walk
	n := len(w.pending)
	if n == 0 {
		return false
	}
	p := w.pending[n-1]
	w.pending = w.pending[:n-1]
	w.pool.Free(v.st)
	v.st = p.st
	if v.Level < 2 {
		v.Reset(p.logPosition)
	}
	v.idx, *prev = p.idx, p.prev
	return true
}

// dropStates forgets everything kept for pruning, after a function is done.
// Its part in the peak stays, as in the kernel.
func (v *verifier) dropStates() {
	w := &v.walk
	if v.st != nil {
		w.pool.Free(v.st)
		v.st = nil
	}
	for _, p := range w.pending {
		w.pool.Free(p.st)
	}
	w.pending = w.pending[:0]
	for i, list := range w.explored {
		for _, s := range list {
			w.pool.Free(s)
		}
		w.explored[i] = list[:0]
	}
	w.visits = nil
}

// checkRegRead verifies that a register may be read.
func (v *verifier) checkRegRead(regno int) error {
	if regno >= insn.MaxReg {
		return v.Reject(abi.EINVAL, "R%d is invalid", regno)
	}
	v.ScratchReg(regno)
	if v.regs()[regno].Type == abi.NOT_INIT {
		return v.Reject(abi.EACCES, "R%d !read_ok", regno)
	}
	return nil
}

// checkRegWrite verifies that a register may be written and makes it unknown.
func (v *verifier) checkRegWrite(regno int) error {
	if err := v.checkRegWriteNoMark(regno); err != nil {
		return err
	}
	markUnknown(&v.regs()[regno])
	return nil
}

// checkRegWriteNoMark verifies that a register may be written and leaves its value.
func (v *verifier) checkRegWriteNoMark(regno int) error {
	if regno >= insn.MaxReg {
		return v.Reject(abi.EINVAL, "R%d is invalid", regno)
	}
	v.ScratchReg(regno)
	if regno == insn.FP {
		return v.Reject(abi.EACCES, "frame pointer is read only")
	}
	return nil
}

// outcome turns the end of the walk into an answer.
func (v *verifier) outcome(err error) *Outcome {
	w := &v.walk
	out := &Outcome{
		Verdict:          Success,
		Insn:             -1,
		Processed:        w.processed,
		TotalStates:      w.totalStates,
		PeakStates:       w.peakStates,
		MaxStatesPerInsn: w.maxStatesPerInsn,
		StackDepth:       v.code.StackDepths(),
	}
	var r *vlog.Refusal
	switch {
	case errors.As(err, &r):
		out.Verdict, out.Errno, out.Insn = Failure, r.Errno, v.idx
		v.NameUnresolved(v.idx)
		out.Message = v.LastLine()
		if v.Level < 2 {
			out.Lines = v.InsnLines()
		}
	case err != nil:
		out.Verdict, out.Insn = Unsupported, v.idx
		out.Message = v.Why
		if out.Message == "" {
			out.Message = err.Error()
		}
	}
	v.logStats()
	out.Log = v.Log.String()
	return out
}

// logStats logs what the verification cost.
func (v *verifier) logStats() {
	if v.Level == 0 {
		return
	}
	w := &v.walk
	v.Printf("verification time %d usec\n", time.Since(v.Began).Microseconds())
	v.Printf("stack depth %s\n", v.code.StackDepths())
	v.Printf("processed %d insns (limit %d) max_states_per_insn %d total_states %d peak_states %d mark_read %d\n",
		w.processed, complexityLimitInsns, w.maxStatesPerInsn, w.totalStates, w.peakStates, 0)
}
