package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// mayGotoSlots is the stack, in bytes, that a function with may_goto needs for its
// iteration counter and the time at which it started.
const mayGotoSlots = 16

// finish makes the checks that need the walk's findings: stack depth, and what the
// kernel refuses while it rewrites the program.
func (v *verifier) finish() error {
	v.dropFastcallSpills()
	if err := v.checkStackDepth(); err != nil {
		return err
	}
	v.inlineLoops()
	v.removeDeadSubprogs()
	v.hiddenSubprog = v.seenException && v.code.ExceptionCallback == 0
	if err := v.checkConversions(); err != nil {
		return err
	}
	w := v.rewrite()
	if err := v.checkRewrites(w); err != nil {
		return err
	}
	if v.k.Config().JIT {
		if err := v.checkLostCallbacks(w); err != nil {
			return err
		}
	}
	return v.checkInterpreter()
}

// dropFastcallSpills takes spills around calls that keep registers off the stack,
// where nothing else uses their slots.
func (v *verifier) dropFastcallSpills() {
	for n := range v.subprogs {
		s := &v.subprogs[n]
		if s.KeepFastcall {
			continue
		}
		for i := s.Start; i < s.End; i++ {
			if v.code.FastcallSpills[i] > 0 {
				s.stackDepth = -s.FastcallOff
				break
			}
		}
	}
}

// inlineLoops gives functions in which calls of bpf_loop become loops the stack for
// three registers these need.
func (v *verifier) inlineLoops() {
	for n := range v.subprogs {
		s := &v.subprogs[n]
		for i := s.Start; i < s.End; i++ {
			if v.aux[i].loop.inline {
				s.stackDepth = (s.stackDepth+7)&^7 + 3*8
				break
			}
		}
	}
}

// removeDeadSubprogs takes out functions that no path entered.
func (v *verifier) removeDeadSubprogs() {
	for n := 1; n < len(v.subprogs); n++ {
		v.subprogs[n].removed = !v.aux[v.subprogs[n].Start].seen
	}
}

// checkRewrites refuses what can't be rewritten in the code that is left, and adds the stack that may_goto takes.
func (v *verifier) checkRewrites(w *rewriting) error {
	n, extra := 0, 0
	for _, i := range w.kept {
		for i >= v.subprogs[n].End {
			v.subprogs[n].stackDepth += extra
			n, extra = n+1, 0
		}
		switch in := &v.insns[i]; {
		case in.IsKfuncCall() && in.Imm == 0:
			return v.Reject(abi.EINVAL, "invalid kernel function call not eliminated in verifier pass")
		case in.IsMayGoto():
			extra = mayGotoSlots
		}
	}
	v.subprogs[n].stackDepth += extra
	return nil
}

// checkInterpreter refuses what only compiled programs can do, on kernels without a JIT.
func (v *verifier) checkInterpreter() error {
	if v.k.Config().JIT {
		return nil
	}
	if v.code.CallsKfuncs {
		return v.Reject(abi.EINVAL, "calling kernel functions are not allowed in non-JITed programs")
	}
	for i := range v.insns {
		in := &v.insns[i]
		switch {
		case !v.aux[i].seen:
		case in.IsPseudoFunc():
			return v.Reject(abi.EINVAL, "callbacks are not allowed in non-JITed programs")
		case in.IsPseudoCall() && v.subprogs[0].tailCallReachable:
			return v.Reject(abi.EINVAL, "tail_calls are not allowed in non-JITed programs with bpf-to-bpf calls")
		}
	}
	return nil
}
