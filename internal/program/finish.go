package program

import (
	"context"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// mayGotoSlots is the stack, in bytes, that a function with may_goto needs for its
// iteration counter and the time at which it started.
const mayGotoSlots = 16

// Findings are what the walk over all paths found out, besides what it noted in the program itself.
type Findings struct {
	// InlinedLoops says of each instruction whether it is a call of bpf_loop that becomes a loop.
	InlinedLoops []bool
	// Throws: some path calls bpf_throw.
	Throws bool
	// Unconverted: a load from the context was allowed that the kernel then has no code for.
	Unconverted bool
}

// finisher is the work on a program after the walk.
type finisher struct {
	*vlog.Log
	*Program
	Findings
	ctx context.Context
	rewriting
}

// Finish makes the checks that need the walk's findings: stack depth, and what the
// kernel refuses while it rewrites the program.
func (p *Program) Finish(ctx context.Context, log *vlog.Log, found Findings) error {
	f := finisher{Log: log, Program: p, Findings: found, ctx: ctx}
	f.dropFastcallSpills()
	if err := f.checkStackDepth(); err != nil {
		return err
	}
	f.inlineLoops()
	f.removeDeadSubprogs()
	f.hiddenSubprog = f.Throws && f.ExceptionCallback == 0
	switch {
	case f.Unconverted && !f.k.Has(kmodel.ConversionBugWording):
		return f.Reject(abi.EINVAL, "bpf verifier is misconfigured")
	case f.Unconverted:
		return f.Bug("error during ctx access conversion (0)")
	}
	f.rewrite()
	if err := f.checkRewrites(); err != nil {
		return err
	}
	if f.k.Config().JIT {
		return f.checkLostCallbacks()
	}
	return f.checkInterpreter()
}

// dropFastcallSpills takes spills around calls that keep registers off the stack,
// where nothing else uses their slots.
func (f *finisher) dropFastcallSpills() {
	for n := range f.Subprogs {
		s := &f.Subprogs[n]
		if s.KeepFastcall {
			continue
		}
		for i := s.Start; i < s.End; i++ {
			if f.FastcallSpills[i] > 0 {
				s.StackDepth = -s.FastcallOff
				break
			}
		}
	}
}

// inlineLoops gives functions in which calls of bpf_loop become loops the stack for
// three registers these need.
func (f *finisher) inlineLoops() {
	for n := range f.Subprogs {
		s := &f.Subprogs[n]
		for i := s.Start; i < s.End; i++ {
			if f.InlinedLoops[i] {
				s.StackDepth = (s.StackDepth+7)&^7 + 3*8
				break
			}
		}
	}
}

// removeDeadSubprogs takes out functions that no path entered.
func (f *finisher) removeDeadSubprogs() {
	for n := 1; n < len(f.Subprogs); n++ {
		f.Subprogs[n].Removed = !f.Seen[f.Subprogs[n].Start]
	}
}

// checkRewrites refuses what can't be rewritten in the code that is left, and adds the stack that may_goto takes.
func (f *finisher) checkRewrites() error {
	n, extra := 0, 0
	for _, i := range f.kept {
		for int(i) >= f.Subprogs[n].End {
			f.Subprogs[n].StackDepth += extra
			n, extra = n+1, 0
		}
		switch in := &f.Insns[i]; {
		case in.IsKfuncCall() && in.Imm == 0:
			return f.Reject(abi.EINVAL, "invalid kernel function call not eliminated in verifier pass")
		case in.IsMayGoto():
			extra = mayGotoSlots
		}
	}
	f.Subprogs[n].StackDepth += extra
	return nil
}

// checkInterpreter refuses what only compiled programs can do, on kernels without a JIT.
func (f *finisher) checkInterpreter() error {
	if f.CallsKfuncs {
		return f.Reject(abi.EINVAL, "calling kernel functions are not allowed in non-JITed programs")
	}
	for i := range f.Insns {
		in := &f.Insns[i]
		switch {
		case !f.Seen[i]:
		case in.IsPseudoFunc():
			return f.Reject(abi.EINVAL, "callbacks are not allowed in non-JITed programs")
		case in.IsPseudoCall() && f.Subprogs[0].tailCallReachable:
			return f.Reject(abi.EINVAL, "tail_calls are not allowed in non-JITed programs with bpf-to-bpf calls")
		}
	}
	return nil
}
