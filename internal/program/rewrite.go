package program

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
)

// edit is a place at which the kernel put other instructions, in the numbering of that moment.
type edit struct{ at, was, is int }

// rewriting is how the kernel changes a program after the walk.
type rewriting struct {
	edits []edit
	size  int // instructions of the whole program
	// kept are the program's own instructions that are left, in order. What stands for an inlined loop is one.
	kept []int32
}

// Instructions of what the kernel puts in the place of others.
const (
	inlinedLoop  = 19 // a call of bpf_loop
	hiddenUnwind = 2  // behind the last instruction: what ends the program after an exception
)

// rewrite follows the kernel's steps: inline loops, take out what no path reached, take out jumps to
// the next instruction, append the end of exceptions. Longer code for single instructions, as for
// divisions, comes later and is left out.
func (f *finisher) rewrite() {
	f.rewriting = rewriting{size: len(f.Insns), kept: scratch.Make[int32](f.Mem, len(f.Insns))[:0]}
	for i, at := 0, 0; i < len(f.Insns); i, at = i+1, at+1 {
		if f.InlinedLoops[i] {
			f.replace(at, 1, inlinedLoop)
			at += inlinedLoop - 1
		}
	}
	f.dropDead()
	f.dropJumps()
	if f.hiddenSubprog {
		f.replace(f.size-1, 1, 1+hiddenUnwind)
	}
}

func (w *rewriting) replace(at, was, is int) {
	w.edits = append(w.edits, edit{at, was, is})
	w.size += is - was
}

// moved is where a jump to instruction i leads in the end. A target that was taken out stays where it was,
// whatever is there now.
func (w *rewriting) moved(i int) int {
	for _, e := range w.edits {
		if i >= e.at+e.was {
			i += e.is - e.was
		}
	}
	return i
}

// rewrittenSize is how many instructions the i-th one is after loops were inlined.
func (f *finisher) rewrittenSize(i int) int {
	if f.InlinedLoops[i] {
		return inlinedLoop
	}
	return 1
}

// dropDead takes out what no path reached.
func (f *finisher) dropDead() {
	at, dead := 0, 0
	end := func() {
		if dead > 0 {
			f.replace(at, dead, 0)
			dead = 0
		}
	}
	for i := range f.Insns {
		if !f.Seen[i] {
			dead++
			continue
		}
		end()
		f.kept = append(f.kept, int32(i))
		at += f.rewrittenSize(i)
	}
	end()
}

// dropJumps takes out jumps that only lead to the next instruction. The instruction before a may_goto
// that went is looked at again.
func (f *finisher) dropJumps() {
	todo, at := f.kept, 0
	f.kept = f.kept[:0]
	for n := 0; n < len(todo); n++ {
		i := int(todo[n])
		to, ok := f.jumpLeft(i)
		if !ok || to <= i || n+1 < len(todo) && int(todo[n+1]) < to {
			f.kept = append(f.kept, todo[n])
			at += f.rewrittenSize(i)
			continue
		}
		f.replace(at, 1, 0)
		if last := len(f.kept) - 1; f.Insns[i].IsMayGoto() && last >= 0 {
			at -= f.rewrittenSize(int(f.kept[last]))
			todo[n], f.kept = f.kept[last], f.kept[:last]
			n--
		}
	}
}

// jumpLeft is where instruction i leads if it is a plain jump, as a branch of which one way was never taken has become.
func (f *finisher) jumpLeft(i int) (to int, ok bool) {
	in := &f.Insns[i]
	to = i + int(in.Off) + 1
	switch class := in.Class(); {
	case in.Code == insn.JMP|insn.JA, in.IsMayGoto():
		return to, true
	case class != insn.JMP && class != insn.JMP32, in.Op() == insn.JA, in.Op() == insn.CALL, in.Op() == insn.EXIT:
		return 0, false
	case !f.Seen[i+1]:
		return to, true
	case !f.Seen[to]:
		return i + 1, true
	}
	return 0, false
}

// checkLostCallbacks refuses a program that passes on the address of a function which no path entered, as a
// bpf_loop of no rounds does: the kernel removes the function but not the address, and trips over it when it
// compiles the functions one by one, unless another function has come to lie there.
func (f *finisher) checkLostCallbacks() error {
	starts := map[int]bool{}
	for n := range f.Subprogs {
		if s := &f.Subprogs[n]; !s.Removed {
			starts[f.moved(s.Start)] = true
		}
	}
	if f.hiddenSubprog {
		starts[f.size-hiddenUnwind] = true
	}
	if len(starts) < 2 {
		return nil
	}
	for _, i := range f.kept {
		in := &f.Insns[i]
		if !in.IsPseudoFunc() {
			continue
		}
		if to := f.moved(int(i) + int(in.Imm) + 1); !starts[to] {
			return f.Bug("No program to jit at insn %d (subprog < 0)", to)
		}
	}
	return nil
}
