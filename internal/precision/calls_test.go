package precision

import (
	"errors"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/testing/asm"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// Instructions of calls, one of each kind.
const (
	callStatic = iota
	callGlobal
	callHelper
	callLoop
	callNothing
	callNowhere
	exitMain = callNowhere + 2
	exitFunc = exitMain + 1
)

// calls has a call of each kind and an end of each kind of function. Helper 181 runs its callback before it returns.
const calls = `
	call static
	call global
	call 1
	call 181
	.raw 85 20 00 00 00 00 00 00
	.raw 85 10 00 00 00 00 00 00
	r0 = 0
	exit
static:
	exit
global:
	exit`

func trackerOverCalls(t *testing.T) (*Tracker, *vlog.Log) {
	t.Helper()
	insns, err := asm.Parse(calls, asm.Names{})
	if err != nil {
		t.Fatal(err)
	}
	g := cfg.New(insns, func(in *insn.Insn) cfg.Call { return cfg.Call{Known: true, SyncCallback: in.Src == 0 && in.Imm == 181} }, nil)
	for _, start := range []int{0, exitFunc, exitFunc + 1} {
		if _, err := g.AddSubprog(start); err != nil {
			t.Fatal(err)
		}
	}
	g.Marks[callLoop] |= cfg.CallsCallback
	p := &program.Program{Image: &object.Image{Insns: insns}, Graph: *g, Subprogs: make([]program.Subprog, len(g.Subprogs))}
	p.Subprogs[2].Global = true
	log := &vlog.Log{Level: 1}
	return New(vlog.NewPrinter(log, p.Image, &p.Image.Maps), p, linux6_18()), log
}

// regs is a set of registers.
func regs(list ...int) (set uint32) {
	for _, r := range list {
		set |= 1 << r
	}
	return set
}

// What is looked for moves between frames as the walk goes back over calls and ends of functions.
func TestBackOverCalls(t *testing.T) {
	for _, tt := range []struct {
		name       string
		at, after  int // the instruction, and the one that was walked after it
		frame      int
		regs       [2]uint32 // looked for in the frames 0 and 1
		then       int       // the frame
		thenLooked [2]uint32
	}{
		{"arguments of a function are its caller's", callStatic, exitFunc, 1, [2]uint32{regs(6), regs(1, 2)}, 0, [2]uint32{regs(1, 2, 6), 0}},
		{"a global function makes r0", callGlobal, callHelper, 0, [2]uint32{regs(0, 6)}, 0, [2]uint32{regs(6)}},
		{"a helper makes r0", callHelper, callLoop, 0, [2]uint32{regs(0, 6)}, 0, [2]uint32{regs(6)}},
		{"a helper that runs callbacks makes r0, too", callLoop, callNothing, 0, [2]uint32{regs(0, 6)}, 0, [2]uint32{regs(6)}},
		{"a helper makes the arguments of a callback", callLoop, exitFunc, 1, [2]uint32{regs(6), regs(1, 2)}, 0, [2]uint32{regs(6), 0}},
		{"a function's r0 is its caller's", exitFunc, callStatic + 1, 0, [2]uint32{regs(0, 6)}, 1, [2]uint32{regs(6), regs(0)}},
		{"a callback's r0 is nobody's", exitFunc, callLoop, 0, [2]uint32{regs(0, 1, 4, 6)}, 1, [2]uint32{regs(6), 0}},
	} {
		tr, _ := trackerOverCalls(t)
		w := &tr.wanted
		w.frame, w.regs[0], w.regs[1] = tt.frame, tt.regs[0], tt.regs[1]
		if err := tr.back(tt.at, tt.after, nil); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if got := [2]uint32(w.regs[:2]); w.frame != tt.then || got != tt.thenLooked {
			t.Errorf("%s: frame %d, registers %x; want frame %d, %x", tt.name, w.frame, got, tt.then, tt.thenLooked)
		}
	}
}

// What newer kernels go back over otherwise.
func TestBackOverCallsOfNewer(t *testing.T) {
	tr, _ := trackerOverCalls(t)
	w := &tr.wanted
	tr.kernel = withFeatures(kmodel.CallbackArgsFollowed)
	w.regs[0] = regs(0, 1, 4, 6)
	if err := tr.back(exitFunc, callLoop, nil); err != nil || w.frame != 1 || w.regs[0] != regs(1, 4, 6) {
		t.Errorf("into a callback: frame %d, registers %x, %v", w.frame, w.regs[0], err)
	}
	const tailCall = callNowhere
	for _, in := range []insn.Insn{{Code: insn.JMP | insn.CALL, Imm: abi.BPF_FUNC_tail_call}, {Code: insn.LD | insn.ABS | insn.W}} {
		for after, frame := range map[int]int{tailCall + 1: 0, callStatic + 1: 1} {
			tr, _ = trackerOverCalls(t)
			w, tr.kernel = &tr.wanted, withFeatures(kmodel.ImplicitExits, kmodel.TailCallReturns)
			tr.prog.Image.Insns[tailCall] = in
			w.regs[0] = regs(6)
			if err := tr.back(tailCall, after, nil); err != nil || w.frame != frame || w.regs[0] != regs(6) {
				t.Errorf("%v before %d: frame %d, registers %x, %v", in, after, w.frame, w.regs[0], err)
			}
		}
	}
}

// What can't be looked for where the walk has come to is a bug of the verifier.
func TestBackOverCallsBugs(t *testing.T) {
	for _, tt := range []struct {
		name      string
		at, after int
		frame     int
		regs      uint32
		slots     uint64
		want      string
	}{
		{"a helper's argument", callHelper, callLoop, 0, regs(1), 0, "backtracking call unexpected regs 2"},
		{"a global function's argument", callGlobal, callHelper, 0, regs(2), 0, "global subprog unexpected regs 4"},
		{"r6 at a function's start", callStatic, exitFunc, 1, regs(6), 0, "static subprog unexpected regs 40"},
		{"a slot at a function's start", callStatic, exitFunc, 1, 0, 1, "static subprog leftover stack slots 1"},
		{"the start of a function that is none", callStatic, exitFunc, 0, 0, 0, "subprog exit from frame 0"},
		{"r6 at a callback's start", callLoop, exitFunc, 1, regs(6), 0, "callback unexpected regs 40"},
		{"a slot at a callback's start", callLoop, exitFunc, 1, 0, 2, "callback leftover stack slots 2"},
		{"the start of a callback that is none", callLoop, exitFunc, 0, 0, 0, "subprog exit from frame 0"},
		{"an argument after a call", exitFunc, callStatic + 1, 0, regs(3), 0, "backtracking exit unexpected regs 8"},
		{"the end of a function too deep", exitFunc, callStatic + 1, state.MAX_CALL_FRAMES - 1, 0, 0, "subprog enter from frame 15"},
	} {
		tr, log := trackerOverCalls(t)
		w := &tr.wanted
		w.frame, w.regs[tt.frame], w.slots[tt.frame] = tt.frame, tt.regs, tt.slots
		err := tr.back(tt.at, tt.after, nil)
		if vlog.Errno(err) != abi.EFAULT || log.LastLine() != tt.want {
			t.Errorf("%s: errno %d, %q; want %q", tt.name, vlog.Errno(err), log.LastLine(), tt.want)
		}
	}
}

func TestBackOverCallsOfNothing(t *testing.T) {
	tr, _ := trackerOverCalls(t)
	if err := tr.back(callNothing, callNowhere, nil); !errors.Is(err, errNotTracked) {
		t.Errorf("a kfunc that is none: %v", err)
	}
	if err := tr.back(callNowhere, exitMain, nil); vlog.Errno(err) != abi.EFAULT {
		t.Errorf("a call of what is no function: %v", err)
	}
}
