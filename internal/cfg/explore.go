package cfg

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
)

// progress of one instruction in the depth-first search.
type progress uint8

const (
	unseen  progress = iota
	entered          // on the stack, no edge followed yet
	tookNext
	tookJump
	finished
)

// edge is the way one instruction leads to another.
type edge = progress

// explorer is a depth-first search over all instructions, calls included. The order is
// the kernel's: along the next instruction first, then into jumps and callees. That
// callees are done before their callers are lets effects move up in one pass.
type explorer struct {
	*Graph
	at    []progress
	stack []int32
}

// Explore visits every instruction, marks the points the walk must know and
// refuses unreachable ones. exceptionCallback is the subprogram that handles
// exceptions, 0 for none.
func (g *Graph) Explore(exceptionCallback int) error {
	x := &explorer{
		Graph: g,
		at:    scratch.Make[progress](g.Mem, len(g.Insns)),
		stack: scratch.Make[int32](g.Mem, len(g.Insns)),
	}
	if err := x.from(0); err != nil {
		return err
	}
	if exceptionCallback > 0 {
		if start := g.Subprogs[exceptionCallback].Start; x.at[start] != finished {
			if err := x.from(start); err != nil {
				return err
			}
		}
	}
	return x.checkReached()
}

func (x *explorer) checkReached() error {
	for i := 0; i < len(x.at); i++ {
		x.Looked = i
		if x.at[i] != finished {
			return refuse(abi.EINVAL, "unreachable insn %d", i)
		}
		if x.Insns[i].IsLdImm64() {
			if i+1 < len(x.at) && x.at[i+1] != unseen {
				return refuse(abi.EINVAL, "jump into the middle of ldimm64 insn %d", i)
			}
			i++
		}
	}
	return nil
}

// from searches from one root until nothing new is found.
func (x *explorer) from(root int) error {
	x.at[root] = entered
	x.stack = append(x.stack[:0], int32(root))
	for len(x.stack) > 0 {
		t := int(x.stack[len(x.stack)-1])
		descended, err := x.visit(t)
		if err != nil {
			return err
		}
		if !descended {
			x.at[t] = finished
			x.stack = x.stack[:len(x.stack)-1]
		}
	}
	return nil
}

func (x *explorer) mark(i int, m Mark) {
	if i < len(x.Marks) {
		x.Marks[i] |= m
	}
}

// follow takes one edge unless it was taken before. It reports whether it led to
// an instruction not seen yet, which must then be visited first.
func (x *explorer) follow(from, to int, e edge) (bool, error) {
	if x.at[from] >= e {
		return false, nil
	}
	if to < 0 || to >= len(x.Insns) {
		x.Looked = from
		err := refuse(abi.EINVAL, "jump out of range from insn %d to %d", from, to)
		err.Sources = []int{from}
		return false, err
	}
	if e == tookJump {
		x.mark(to, PrunePoint|JmpPoint)
	}
	switch x.at[to] {
	case unseen:
		x.at[from] = e
		x.at[to] = entered
		if len(x.stack) >= len(x.Insns) {
			return false, &Error{Errno: abi.E2BIG}
		}
		x.stack = append(x.stack, int32(to))
		return true, nil
	case finished:
		x.at[from] = e
	default:
		if in := &x.Insns[from]; x.NoRecursion && (in.Class() != insn.JMP && in.Class() != insn.JMP32 || in.Op() == insn.CALL) && !(in.IsPseudoFunc() && e == tookJump) {
			x.Looked = from
			err := refuse(abi.EINVAL, "back-edge from insn %d to %d", from, to)
			err.Sources = []int{from, to}
			return false, err
		}
	}
	return false, nil
}

// visit takes the next edge of an instruction. It reports whether there is more below it.
func (x *explorer) visit(t int) (bool, error) {
	in := &x.Insns[t]
	if in.IsPseudoFunc() {
		return x.visitCall(t, true)
	}
	if c := in.Class(); c != insn.JMP && c != insn.JMP32 {
		next := t + 1
		if in.IsLdImm64() {
			next++
		}
		return x.follow(t, next, tookNext)
	}
	switch in.Op() {
	case insn.EXIT:
		return false, nil
	case insn.CALL:
		if x.at[t] == entered {
			x.markCall(t)
		}
		return x.visitCall(t, in.Src == insn.PSEUDO_CALL)
	case insn.JA:
		if x.Indirect && in.IsIndirectJump() {
			return x.visitIndirect(t)
		}
		to := JumpTarget(t, in)
		descended, err := x.follow(t, to, tookNext)
		if err == nil && !descended {
			x.mark(to, PrunePoint|JmpPoint)
		}
		return descended, err
	}
	x.mark(t, PrunePoint)
	if in.IsMayGoto() {
		x.mark(t, ForceCheckpoint)
	}
	if descended, err := x.follow(t, t+1, tookNext); descended || err != nil {
		return descended, err
	}
	return x.follow(t, t+int(in.Off)+1, tookJump)
}

// visitIndirect goes on to all instructions that an indirect jump may mean.
func (x *explorer) visitIndirect(t int) (descended bool, err error) {
	if x.jumps[int32(t)] == nil {
		x.Looked = t
		if err := x.findTargets(t); err != nil {
			return false, err
		}
	}
	x.mark(t, PrunePoint)
	for _, to := range x.jumps[int32(t)] {
		x.mark(int(to), JmpPoint)
		if x.at[to] != unseen {
			continue
		}
		if len(x.stack) >= len(x.Insns) {
			return false, &Error{Errno: abi.E2BIG}
		}
		x.stack = append(x.stack, to)
		x.at[to] = entered
		descended = true
	}
	return descended, nil
}

// findTargets asks where the indirect jump t may go, which must be in its function.
func (x *explorer) findTargets(t int) error {
	s := &x.Subprogs[x.Containing(t)]
	targets := x.JumpTable(s)
	switch {
	case len(targets) == 0:
		return refuse(abi.EINVAL, "no jump tables found for subprog starting at %d", s.Start)
	case int(targets[0]) < s.Start || int(targets[len(targets)-1]) >= s.End:
		return refuse(abi.EINVAL, "jump table for insn %d points outside of the subprog [%d,%d]", t, s.Start, s.End)
	}
	if x.jumps == nil {
		x.jumps = map[int32][]int32{}
	}
	x.jumps[int32(t)] = targets
	return nil
}

// markCall notes what a call does: to the walk at this instruction, and to the
// subprogram it is in.
func (x *explorer) markCall(t int) {
	in := &x.Insns[t]
	if in.Src == insn.PSEUDO_CALL {
		return
	}
	c := x.Called(t)
	*c = x.calls(in)
	if c.AsyncCallback {
		// Seeing an equal state here stops the callback from being queued anew.
		x.mark(t, PrunePoint)
	}
	if c.SyncCallback {
		// A callback's rounds end when a state equals that of an earlier round.
		x.mark(t, CallsCallback)
		if !x.CallbacksOnce {
			x.mark(t, ForceCheckpoint|PrunePoint|JmpPoint)
		}
	}
	if c.Known && c.IterNext {
		x.mark(t, IterNext|PrunePoint|ForceCheckpoint)
	}
	s := &x.Subprogs[x.Containing(t)]
	s.MightSleep = s.MightSleep || c.Known && c.MightSleep
	s.MightThrow = s.MightThrow || c.Known && c.Throws
	s.ChangesPkt = s.ChangesPkt || c.ChangesPkt
}

// visitCall goes on after a call (or a load of a subprogram's address), then into the callee.
func (x *explorer) visitCall(t int, intoCallee bool) (bool, error) {
	in := &x.Insns[t]
	next := t + 1
	if in.IsLdImm64() {
		next++
	}
	if descended, err := x.follow(t, next, tookNext); descended || err != nil {
		return descended, err
	}
	// Returning from a subprogram is not a step to the next instruction.
	x.mark(next, PrunePoint|JmpPoint)
	if !intoCallee {
		return false, nil
	}
	callee := t + int(in.Imm) + 1
	x.mark(t, PrunePoint)
	caller, called := &x.Subprogs[x.Containing(t)], &x.Subprogs[x.Containing(callee)]
	caller.ChangesPkt = caller.ChangesPkt || called.ChangesPkt
	caller.MightSleep = caller.MightSleep || called.MightSleep
	caller.MightThrow = caller.MightThrow || called.MightThrow
	return x.follow(t, callee, tookJump)
}
