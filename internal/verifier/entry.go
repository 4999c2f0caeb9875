package verifier

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/liveness"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/precision"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// questions are what others ask a verifier, as functions, which are made once.
type questions struct {
	calls    cfg.Calls
	lacks    func(scalar.Rule) bool
	compares func(state.Rule) bool
	differ   func(state.Rule) (has, open bool)
	apart    func()
}

// numberRules are the features that kernels have rules of numbers with.
var numberRules = [scalar.NumRules]kmodel.Feature{
	scalar.SignedProducts:  kmodel.SignedProducts,
	scalar.SumsWrap:        kmodel.SumsWrap,
	scalar.SignCrossing:    kmodel.SignCrossing,
	scalar.SignCrossing32:  kmodel.SignCrossing32,
	scalar.ThirdRound:      kmodel.ThirdRound,
	scalar.RangesForgotten: kmodel.RangesForgotten,
	scalar.ProductBits:     kmodel.ProductBits,
	scalar.BitsCompared:    kmodel.BitsCompared,
	scalar.LoneMember:      kmodel.LoneMember,
	scalar.LowerBits:       kmodel.LowerBits,
	scalar.ProductSums:     kmodel.ProductSums,
}

// comparisonRules are the features that kernels have rules of comparing states with. state.Marked is none of them.
var comparisonRules = [state.NumRules]kmodel.Feature{
	state.LooseLinks: kmodel.LinksLooselyCompared,
	state.LooseSlots: kmodel.UnknownSlotsInLoops,
	state.IterTrust:  kmodel.IterTrustCompared,
	state.Related:    kmodel.ObjectsDerived,
	state.PacketEnds: kmodel.PacketEndsCompared,
	state.InnerMaps:  kmodel.CallbackMapValues,
}

// idle are verifiers that are done.
var idle = sync.Pool{New: func() any {
	v := new(verifier)
	v.paths.Pool = &v.pool
	v.asks = questions{
		calls: v.callFacts,
		lacks: func(r scalar.Rule) bool { return !v.k.Has(numberRules[r]) },
		compares: func(r state.Rule) bool {
			if r == state.Marked {
				return v.k.Liveness() == kdata.LivenessMarks
			}
			return v.k.Has(comparisonRules[r])
		},
		differ: func(r state.Rule) (has, open bool) {
			if r == state.Marked {
				return v.marksReads(), v.live != nil && v.k.DiffersInLiveness()
			}
			f := comparisonRules[r]
			return v.k.Features().Has(f), v.k.Differs(f)
		},
		apart: func() {
			v.k.Has(kmodel.CircularRanges)
			v.num.Apart = nil
		},
	}
	return v
}}

// mostIdle is how many instructions the last program of a verifier that waits for another may have had.
const mostIdle = 1 << 16

func newVerifier(ctx context.Context, img *object.Image, k *kmodel.Model, opts Options) *verifier {
	v := idle.Get().(*verifier)
	v.ctx, v.img, v.k, v.opts, v.insns, v.maps = ctx, img, k, opts, img.Insns, img.Maps
	v.prog, v.rules = attach.Program(k, img), attach.Rules(k, img)
	v.hasArena = img.HasArena()
	v.typesets = img.Types
	v.log.Level, v.log.Max, v.log.Kernel = opts.LogLevel, opts.MaxLog, k
	v.Printer = *vlog.NewPrinter(&v.log, img, &v.maps)
	v.num = v.rulesOfNumbers()
	v.pool.Open(opts.Memory)
	v.links = precision.Links{Kernel: k}
	v.counts = opts.LogLevel > 0 && (k.Has(kmodel.GlobalFuncStats) || k.Has(kmodel.FunctionStats))
	return v
}

// rulesOfNumbers are how the kernel computes with numbers.
func (v *verifier) rulesOfNumbers() scalar.Rules {
	r := scalar.Rules{Older: !v.k.Has(kmodel.RangesShared), Lacks: v.asks.lacks}
	switch {
	case r.Older:
	case v.k.Differs(kmodel.CircularRanges) && !v.k.Features().Has(kmodel.CircularRanges):
		r.Apart = v.asks.apart
	default:
		r.Circular = v.k.Has(kmodel.CircularRanges)
	}
	r.WholeFirst = !r.Older && !r.Circular && v.k.Has(kmodel.WholeFirst)
	return r
}

// close ends a verification. whole says that it was not broken off, so that the verifier can serve another one.
func (v *verifier) close(whole bool) {
	if !v.pool.Close() || !whole || len(v.img.Insns) > mostIdle {
		return
	}
	v.task = task{}
	v.Printer = vlog.Printer{}
	v.log.Recycle()
	v.code.Recycle()
	clear(v.subprogs)
	v.subprogs = v.subprogs[:0]
	v.stack.Recycle()
	v.paths.Recycle()
	v.precision = precision.Tracker{}
	idle.Put(v)
}

// prepare makes every check that needs no walk and sets up what the walk finds out.
func (v *verifier) prepare() error {
	if v.Level > 0 { // it shows
		v.Began = time.Now()
	}
	if err := v.code.Prepare(&v.Printer, v.k, v.img, v.asks.calls, v.other, &v.pool.Scratch); err != nil {
		v.idx = v.code.Looked
		return err
	}
	if !v.k.Differs(kmodel.CircularRanges) {
		v.num.Apart = nil // who listened for it differs in what was asked since
	}
	v.insns = v.code.Insns
	v.target = v.code.Target
	v.precision.Start(&v.Printer, &v.code, v.k)
	v.aux = scratch.Make[insnAux](v.code.Mem, len(v.insns))
	if v.opts.Facts {
		v.callbacks = make([]callbackSeen, len(v.insns))
	}
	v.subprogs = slices.Grow(v.subprogs, len(v.code.Subprogs))[:len(v.code.Subprogs)]
	for i := range v.subprogs {
		v.subprogs[i].Subprog = &v.code.Subprogs[i]
	}
	if v.Level > 1 && v.k.Has(kmodel.StaticRegLiveness) {
		v.Printer.LiveRegs(v.code.LiveRegs, v.code.SCC)
	}
	v.paths.Kernel, v.paths.Often = v.k, v.opts.TestStates
	v.paths.Comparer().Has = v.asks.compares
	if v.paths.Comparer().Open = nil; v.k.Heard() {
		v.paths.Comparer().Open = v.asks.differ
	}
	if v.k.Has(kmodel.StaticStackLiveness) {
		static, ok := v.code.StackLiveness(program.Callees{Helper: v.helperProto, Kfunc: v.kfuncProto})
		if !ok {
			return v.Reject(abi.E2BIG, "liveness analysis exceeded complexity limit (%d calls)", liveness.MaxCalls+1)
		}
		v.paths.Start(&v.Printer, &v.code, &v.precision, nil)
		v.paths.CleanEarly(static)
		return nil
	}
	if v.marksReads() && (v.Level > 0 || v.k.Unrolled() || !v.k.DiffersInLiveness()) {
		v.paths.Start(&v.Printer, &v.code, &v.precision, nil)
		return nil
	}
	v.live = &v.stack
	v.live.Start(&v.code.Graph)
	if v.Level > 1 {
		v.live.Trace = v.Printf
	}
	v.paths.Start(&v.Printer, &v.code, &v.precision, v.live)
	return nil
}

// marksReads reports that what is read is marked in the states remembered on the path.
func (v *verifier) marksReads() bool { return v.k.Engine().Liveness == kdata.LivenessMarks }

// finish makes the checks that need the walk's findings.
func (v *verifier) finish() error {
	found := program.Findings{
		InlinedLoops: scratch.Make[bool](v.code.Mem, len(v.insns)),
		Throws:       v.seenException,
		Unconverted:  v.mem.unconverted,
	}
	for i := range v.aux {
		found.InlinedLoops[i] = v.aux[i].loop.inline
	}
	return v.code.Finish(v.ctx, v.Log, found)
}

// initEntry fills the registers of the function a walk starts with: a program's context,
// or for a function on its own anything its BTF allows (do_check_common).
func (v *verifier) initEntry(subprog int) error {
	regs := &v.st.Cur().Regs
	if subprog == 0 && v.prog.Type != abi.PROG_TYPE_EXT {
		if v.Level > 0 { // it shows
			if err := v.describeMain(); err != nil {
				return err
			}
		}
		regs[insn.R1].MarkPtr(abi.PTR_TO_CTX)
		v.target.AcquireArgs(func() uint32 { return v.acquireReference(0) })
		return nil
	}
	if v.Level > 0 {
		v.Verbose("Validating %s() func#%d...", v.code.SubprogName(subprog), subprog)
	}
	if err := v.describeFunc(subprog); err != nil {
		return err
	}
	sub := &v.subprogs[subprog]
	if sub.Exception {
		v.st.Cur().InExceptionCallback = true
		if sub.void {
			return v.Reject(abi.EINVAL, "exception cb cannot return void")
		}
		if len(sub.args) != 1 || sub.args[0].typ != abi.ARG_ANYTHING {
			return v.Reject(abi.EINVAL, "exception cb only supports single integer argument")
		}
	}
	for i := range sub.args {
		if err := v.initArg(&regs[insn.R1+i], &sub.args[i], i); err != nil {
			return err
		}
	}
	return nil
}

// initArg makes r anything that the argument may be.
func (v *verifier) initArg(r *state.Reg, arg *argInfo, i int) error {
	base, flags := arg.typ.Base(), arg.typ.Flags()
	switch {
	case arg.typ == abi.ARG_PTR_TO_CTX:
		r.MarkPtr(abi.PTR_TO_CTX)
	case arg.typ == abi.ARG_ANYTHING, base == abi.ARG_PTR_TO_ARENA:
		r.MarkUnknown()
	case base == abi.ARG_PTR_TO_DYNPTR:
		v.markDynptrReg(r, state.DYNPTR_TYPE_LOCAL)
	case base == abi.ARG_PTR_TO_MEM:
		r.MarkPtr(abi.PTR_TO_MEM | flags&(abi.PTR_MAYBE_NULL|abi.PTR_UNTRUSTED|abi.MEM_RDONLY))
		r.MemSize = arg.memSize
		if !v.k.Has(kmodel.FuncArgTags) {
			v.newID() // given to what BTF describes, and again to what the walk begins with
		}
		if r.Type.MaybeNull() {
			r.ID = v.newID()
		}
	case base == abi.ARG_PTR_TO_BTF_ID:
		r.MarkPtr(abi.PTR_TO_BTF_ID | flags&(abi.PTR_MAYBE_NULL|abi.PTR_UNTRUSTED|abi.PTR_TRUSTED))
		r.BTF, r.BTFID = state.TypesVmlinux, arg.btfID
		r.ID = v.newID()
	default:
		return v.Bug("unhandled arg#%d type %d", i, arg.typ)
	}
	return nil
}
