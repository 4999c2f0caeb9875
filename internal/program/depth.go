package program

import (
	"context"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// MaxStack is how many bytes of stack a function, and all functions on a call chain together, may take.
const MaxStack = 512

const (
	minPrivStack = 64 // bytes from which a function gets a stack of its own
	// maxStackTailCall is what callers of a function that tail-calls may use, since
	// their stack stays while up to 33 programs follow each other.
	maxStackTailCall = 256
)

// Values of Subprog.privStack.
const (
	privStackUnknown int8 = iota
	privStackNo
	privStackYes
)

// roundStack is what a function's stack takes when it runs.
func (f *finisher) roundStack(depth int) int {
	if f.k.Config().JIT && f.k.Has(kmodel.StackRoundedLess) {
		return (depth + 15) &^ 15
	}
	return (max(depth, 1) + 31) &^ 31
}

// privateStacks reports that functions of the program may have stacks of their own,
// as it can't be interrupted by itself.
func (f *finisher) privateStacks() bool {
	if f.tailCalls() {
		return false
	}
	large := false
	for i := range f.Subprogs {
		large = large || f.roundStack(f.Subprogs[i].StackDepth) >= minPrivStack
	}
	switch f.prog.Type {
	case abi.PROG_TYPE_KPROBE, abi.PROG_TYPE_TRACEPOINT, abi.PROG_TYPE_PERF_EVENT, abi.PROG_TYPE_RAW_TRACEPOINT:
	case abi.PROG_TYPE_TRACING:
		if f.prog.Attach == abi.ATTACH_TRACE_ITER {
			return false
		}
	default:
		return false
	}
	return large && f.k.Has(kmodel.PrivateStack) && f.k.Config().JIT && f.k.Arch().PrivateStacks
}

// checkStackDepth bounds the stack of every chain of calls. Chains start at the program
// and at callbacks that run on their own; those come first, as functions they share
// with the program can't have private stacks.
func (f *finisher) checkStackDepth() error {
	private := f.privateStacks()
	for i := len(f.Subprogs) - 1; i >= 0; i-- {
		if i == 0 || f.Subprogs[i].Async {
			if err := f.checkChains(i, i == 0 && private); err != nil {
				return err
			}
		}
	}
	return nil
}

// chains walks all chains of calls from one function.
type chains struct {
	f        *finisher
	private  bool
	tails    bool  // some function of the program tail-calls
	depth    int   // bytes so far
	callers  []int // functions entered, outermost first, without the current one
	frames   int   // of the walk, which begins anew in some functions
	tailCall bool  // some function called so far tail-calls; on newer kernels, one that was called from the current one
}

func (f *finisher) checkChains(root int, private bool) error {
	c := chains{f: f, private: private, tails: f.tailCalls()}
	return c.enter(root)
}

// enter accounts for a function's stack, and follows the calls in it.
func (c *chains) enter(n int) error {
	if c.f.ctx.Err() != nil {
		return c.f.Unsupported("verification was stopped: %v", context.Cause(c.f.ctx))
	}
	s := &c.f.Subprogs[n]
	if !c.private {
		s.privStack = privStackNo
	}
	if n != 0 && s.HasTailCall && c.depth >= maxStackTailCall {
		return c.f.Reject(abi.EACCES, "tail_calls are not allowed when call stack of previous frames is %d bytes. Too large", c.depth)
	}
	if s.HasLDAbs && c.f.k.Has(kmodel.ImplicitExits) && c.inCallback(n) {
		return c.f.Reject(abi.EINVAL, "cannot use BPF_LD_[ABS|IND] within callback")
	}
	size := c.f.roundStack(s.StackDepth)
	if c.private && s.privStack == privStackUnknown && size >= minPrivStack {
		s.privStack = privStackYes
	}
	if s.privStack == privStackYes {
		c.f.maxDepth = max(c.f.maxDepth, size)
		if size > MaxStack {
			return c.f.Reject(abi.EACCES, "stack size of subprog %d is %d. Too large", n, size)
		}
		size = 0
	} else {
		c.depth += size
		c.f.maxDepth = max(c.f.maxDepth, c.depth)
	}
	if c.depth > MaxStack {
		return c.f.Reject(abi.EACCES, "combined stack size of %d calls is %d. Too large", len(c.callers)+1, c.depth)
	}
	for i := s.Start; i < s.End; i++ {
		if err := c.follow(n, i); err != nil {
			return err
		}
	}
	if err := c.leave(n); err != nil {
		return err
	}
	c.depth -= size
	return nil
}

// follow enters the function an instruction calls, or whose address it takes.
func (c *chains) follow(n, i int) error {
	in := &c.f.Insns[i]
	if in.IsKfuncCall() && in.Off == 0 {
		return c.checkThrow(n, i)
	}
	if !in.IsPseudoCall() && !in.IsPseudoFunc() {
		return nil
	}
	callee := c.f.Find(i + int(in.Imm) + 1)
	if callee < 0 {
		return c.f.Bug("callee not found at insn %d", i+int(in.Imm)+1)
	}
	if s := &c.f.Subprogs[callee]; s.Async {
		if s.HasTailCall {
			return c.f.Bug("subprog has tail_call and async cb")
		}
		if !in.IsPseudoCall() {
			return nil // runs later, on another stack
		}
		if s.Exception {
			if c.f.k.Has(kmodel.PrivateStack) {
				c.f.VerboseOpen("insn %d cannot call exception cb directly", i)
			} else {
				c.f.Verbose("insn %d cannot call exception cb directly", i)
			}
			return vlog.Fail(abi.EINVAL)
		}
	}
	c.tailCall = c.tailCall || c.f.Subprogs[callee].HasTailCall
	was := c.frames
	c.callers = append(c.callers, n)
	c.frames++
	if c.f.Subprogs[callee].Global && c.f.k.Has(kmodel.GlobalFuncFrames) {
		c.frames = 0
	}
	if !c.f.k.MayNest(c.frames + 1) {
		return c.f.Reject(abi.E2BIG, "the call stack of %d frames is too deep !", c.frames)
	}
	ownTails := c.tails && c.f.k.Has(kmodel.TailCallsBelowCallbacks)
	if ownTails {
		c.tailCall = c.f.Subprogs[callee].HasTailCall
	}
	err := c.enter(callee)
	c.callers, c.frames = c.callers[:len(c.callers)-1], was
	if ownTails {
		c.tailCall = c.f.Subprogs[n].tailCallReachable
	}
	return err
}

// checkThrow refuses to throw out of a callback: the helper that called it could not clean up.
func (c *chains) checkThrow(n, i int) error {
	if !c.f.Called(i).Throws {
		return nil
	}
	if c.inCallback(n) {
		return c.f.Reject(abi.EINVAL, "bpf_throw kfunc (insn %d) cannot be called from callback subprog %d", i, n)
	}
	return nil
}

// inCallback reports that function n, or one that led to it, is called back.
func (c *chains) inCallback(n int) bool {
	return c.f.Subprogs[n].Callback || slices.ContainsFunc(c.callers, func(i int) bool { return c.f.Subprogs[i].Callback })
}

// leave marks the functions a tail call may start from.
func (c *chains) leave(n int) error {
	if !c.tailCall {
		return nil
	}
	if c.inCallback(n) && c.f.k.Has(kmodel.TailCallsBelowCallbacks) {
		return c.f.Reject(abi.EINVAL, "cannot tail call within callback")
	}
	for _, caller := range c.callers {
		if c.f.Subprogs[caller].Exception {
			return c.f.Reject(abi.EINVAL, "cannot tail call within exception cb")
		}
		c.f.Subprogs[caller].tailCallReachable = true
	}
	return nil
}
