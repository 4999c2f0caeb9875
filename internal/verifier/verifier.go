// Package verifier walks every path of a linked program as the Linux BPF verifier
// does and says whether that kernel would accept it, with its message and its costs.
package verifier

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/liveness"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/paths"
	"github.com/bpfverdict/bpfverdict/internal/precision"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/trace"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// Options are display and resource knobs; none changes a verdict or a count.
type Options struct {
	// LogLevel is the kernel's: 0 none, 1 the failing path, 2 everything.
	LogLevel int
	// MaxLog bounds the log in bytes; 0 means 16 MiB.
	MaxLog int
	// Facts asks for Outcome.Facts.
	Facts bool
	// Explain asks for Outcome.Trace; a program that is refused is walked twice for it.
	Explain bool
	// TestStates is BPF_F_TEST_STATE_FREQ: states are remembered as often as can be.
	TestStates bool
	// Cost asks for Outcome.Cost.
	Cost bool
	// Memory bounds the bytes that states take, together with other verifications that share it; nil for no
	// bound. Beyond it a program is Unsupported.
	Memory *state.Budget
}

// Verdict is the answer for one program.
type Verdict uint8

// Verdicts.
const (
	Success Verdict = iota + 1
	Failure
	// Unsupported: the model can't judge the program; Message says why.
	Unsupported
	// Bug: the verifier itself failed; Message says how, Log is the stack.
	Bug
)

// Outcome is what Verify found.
type Outcome struct {
	Verdict Verdict
	Errno   abi.Errno // 0 unless Failure
	Message string    // last line the kernel would log, or why unsupported
	Insn    int       // instruction at which it was refused, -1 if none
	// Lines is all that the kernel says about that instruction, Message being the last; not at log level 2.
	Lines []string
	// Said is what those lines were made from, but for the ones in which the kernel shows instructions and states.
	Said []vlog.Said
	Log  string // at Options.LogLevel; the messages alone at level 0

	Processed        int // instructions walked, each as often as it was
	Walked           int // instructions that some path ran
	TotalStates      int
	PeakStates       int
	MaxStatesPerInsn int
	StackDepth       string // bytes a subprogram, joined by +
	Duration         time.Duration

	// Facts has one entry an instruction if the program was accepted and Options.Facts is set.
	Facts []Fact

	// Trace is the path to a refusal if Options.Explain is set; nil where no walk was begun.
	Trace *trace.Trace

	// Cost is where the walk went if Options.Cost is set; a Trace has its own.
	Cost *trace.Cost

	// Crowded: given up for want of memory that others hold; alone, it may have an answer.
	Crowded bool
}

// Verify says what the kernel says about the program. It returns early, with Unsupported, when ctx is
// cancelled, and turns a panic into the outcome Bug.
func Verify(ctx context.Context, img *object.Image, k *kmodel.Model, opts Options) (out *Outcome) {
	defer func() {
		if cause := recover(); cause != nil {
			out = &Outcome{Verdict: Bug, Insn: -1, Message: fmt.Sprintf("internal bug: %v", cause), Log: string(debug.Stack())}
		}
	}()
	other, refused := judgeOther(ctx, img.AttachProg, k, opts)
	if refused != nil {
		return refused
	}
	out = verifyOnce(ctx, img, other, k, opts)
	if out.Verdict == Failure && out.Message == "" && opts.LogLevel == 0 {
		// The kernel refuses some programs without a word; the last line of its log is
		// then the instruction, which only a walk with the log on shows.
		out.Message = verifyOnce(ctx, img, other, k, Options{LogLevel: 1, MaxLog: opts.MaxLog, Memory: opts.Memory}).Message
	}
	return out
}

// judgeOther judges the program that another attaches to, if there is one, for what its walk tells of its functions.
// Where it is refused it is never there to attach to, and that is the outcome.
func judgeOther(ctx context.Context, img *object.Image, k *kmodel.Model, opts Options) (*attach.Other, *Outcome) {
	if img == nil {
		return nil, nil
	}
	into, refused := judgeOther(ctx, img.AttachProg, k, opts)
	if refused != nil {
		return nil, refused
	}
	v := newVerifier(ctx, img, k, Options{Memory: opts.Memory})
	v.other = into
	defer v.close(false)
	err := v.run()
	if err == nil {
		err = v.describeMain()
	}
	if err != nil {
		out := v.outcome(err)
		return nil, &Outcome{
			Verdict: Unsupported, Insn: -1, Message: "the program that it attaches to, " + img.Name + ", does not pass: " + out.Message,
			Crowded: v.pool.Crowded && out.Verdict == Unsupported,
		}
	}
	other := &attach.Other{Image: img, Funcs: make([]attach.Func, len(img.Funcs))}
	for i := range v.subprogs {
		sub := &v.subprogs[i]
		if sub.FuncInfo < 0 {
			continue
		}
		other.Funcs[sub.FuncInfo] = attach.Func{
			Unreliable: sub.unreliable, ChangesPkt: sub.ChangesPkt, MightSleep: sub.MightSleep, Exception: sub.Exception, Removed: sub.Removed,
		}
	}
	return other, nil
}

func verifyOnce(ctx context.Context, img *object.Image, other *attach.Other, k *kmodel.Model, opts Options) *Outcome {
	start := time.Now()
	v := newVerifier(ctx, img, k, opts)
	v.other = other
	if opts.Explain {
		v.paths.Trail = new(trace.Trail)
	}
	if opts.Cost {
		v.record(nil)
	}
	whole := false // after a panic nobody knows what the pool has
	defer func() { v.close(whole) }()
	err := v.run()
	out := v.outcome(err)
	if opts.Explain && out.Verdict == Failure {
		out.Trace = explain(ctx, img, k, opts, v)
	}
	if v.recorder != nil {
		out.Cost = &v.recorder.Trace().Cost
	}
	out.Crowded = v.pool.Crowded && out.Verdict == Unsupported
	out.Duration = time.Since(start)
	whole = true
	return out
}

// explain walks the refused program again for the path that was refused; nil if it was refused without a walk, or if
// this one ends otherwise.
func explain(ctx context.Context, img *object.Image, k *kmodel.Model, opts Options, refused *verifier) *trace.Trace {
	path := refused.paths.Trail.To(refused.paths.Processed)
	if !refused.walking || len(path) == 0 {
		return nil
	}
	opts.Explain = false
	v := newVerifier(ctx, img, k, opts)
	v.other = refused.other
	defer v.close(false)
	v.record(path)
	if v.run() == nil || v.paths.Processed != refused.paths.Processed || v.idx != refused.idx {
		return nil
	}
	return v.recorder.Trace()
}

// record makes the walk note where it goes, and what happens on a path.
func (v *verifier) record(path []trace.Stretch) {
	v.recorder = trace.NewRecorder(path, len(v.img.Insns), func(n uint32) int { return v.subprogs[n].Start })
}

// findPoints notes, at the end of the walk of a function, where its states are remembered, and in what they differ.
func (v *verifier) findPoints() {
	for _, p := range v.paths.Points() {
		if len(p.States) < 2 {
			return
		}
		var states []*state.State
		for _, c := range p.States[:min(len(p.States), trace.MaxCompared)] {
			states = append(states, v.paths.Pool.Peek(c))
		}
		v.recorder.Point(p.Insn, len(p.States), p.Missed, states)
		for _, st := range states {
			v.paths.Pool.Free(st)
		}
	}
}

// outcome turns the end of the walk into an answer.
func (v *verifier) outcome(err error) *Outcome {
	out := &Outcome{
		Verdict:          Success,
		Insn:             -1,
		Processed:        v.paths.Processed,
		Walked:           v.code.Walked(),
		TotalStates:      v.paths.TotalStates,
		PeakStates:       v.paths.PeakStates,
		MaxStatesPerInsn: v.paths.MaxStatesPerInsn,
		StackDepth:       v.code.StackDepths(),
	}
	switch errno := vlog.Errno(err); {
	case errno != 0:
		out.Verdict, out.Errno, out.Insn = Failure, errno, v.idx
		out.Said = v.InsnSaid()
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
	if err == nil && v.opts.Facts {
		out.Facts = v.facts()
	}
	v.logStats()
	out.Log = v.log.String()
	return out
}

// logStats logs what the verification cost.
func (v *verifier) logStats() {
	if v.Level == 0 {
		return
	}
	v.Printf("verification time %d usec\n", time.Since(v.Began).Microseconds())
	v.code.LogFunctions(v.Log)
	v.Printf("processed %d insns (limit %d) max_states_per_insn %d total_states %d peak_states %d mark_read %d\n",
		v.paths.Processed, program.MaxInsns, v.paths.MaxStatesPerInsn, v.paths.TotalStates, v.paths.PeakStates, v.paths.LongestMarkRead)
}

// verifier is one verification of one program. What is not its task is emptied after it, and its memory serves the next.
type verifier struct {
	task

	vlog.Printer
	log       vlog.Log
	code      program.Program // what was found before the walk
	subprogs  []subprog       // in order of start
	stack     liveness.Stack
	pool      state.Pool
	paths     paths.Paths
	precision precision.Tracker
	asks      questions
}

// task is what is verified, and what is known of it so far.
type task struct {
	ctx  context.Context
	img  *object.Image
	k    *kmodel.Model
	prog kmodel.Prog
	// rules is the program by whose rules prog goes: for a replacement function the one it goes into.
	rules kmodel.Prog
	opts  Options

	insns     []insn.Insn
	aux       []insnAux
	callbacks []callbackSeen // one an instruction, if Options.Facts is set
	live      *liveness.Stack
	passed    [insn.R6]uint8 // which register of the caller each argument of a function that is entered was, 0 for none
	num       scalar.Rules   // how numbers are computed with
	links     precision.Links
	target    *attach.Target // what the program attaches to
	other     *attach.Other  // the program of BPF in which that is, nil for the kernel
	// typesets[state.TypesVmlinux] is the kernel's, [state.TypesProg] the program's own, then modules'.
	typesets []*types.Set
	maps     []*object.Map    // Reg.Map is 1 + an index in here
	kfuncs   []*kfunc         // those met so far
	helpers  kmodel.HelperSet // those the program may call
	hasArena bool             // the program uses an arena

	st      *state.State // the current state
	idx     int          // current instruction
	prevIdx int

	walking       bool // or refused there
	mainDescribed bool
	counts        bool // how many instructions functions take
	root          int  // the function whose paths are followed
	seenException bool // bpf_throw was called

	call, callee call // under check: the call of an instruction, and what it passes control to

	recorder *trace.Recorder // nil if nobody asks

	mem memState
}

// insnAux is what the walk finds out about one instruction.
type insnAux struct {
	ptrType      abi.RegType // pointer type of a load or store, to refuse mixing
	mapSeen      mapSeen     // helper calls: which map was passed
	mapKeyState  mapKey
	loop         loopCall // bpf_loop
	nonSleepable bool
	percpuAlloc  bool // a percpu kptr operand
	arena, other bool // arithmetic of 64 bits: with arena pointers, without
}

// mapSeen is the one map an instruction passes to a helper on all paths.
type mapSeen struct {
	index  int32 // 1+index, 0 = none yet
	poison bool  // more than one
}

// mapKey is the constant key an instruction passes on all paths (for tail calls and array lookups).
type mapKey struct {
	seen, poison bool
	key          uint64
}

// subprog is one function of the program and what the walk finds out about it.
type subprog struct {
	*program.Subprog
	unreliable bool // BTF does not match the code
	// Global functions: seen a call, and walked on their own, where sleeping is not allowed and where it is.
	called, verified [2]bool
	argsCached       bool
	void             bool // returns nothing
	args             []argInfo
}

// argInfo is what a global function's BTF says of one argument.
type argInfo struct {
	typ     abi.ArgType
	memSize uint32 // bytes
	btfID   uint32
}
