package verifier

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/liveness"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// maxInsns is how many instructions a program may have.
const maxInsns = complexityLimitInsns

// prepare makes every check that needs no walk, in the kernel's order, and works out
// control flow and liveness.
func (v *verifier) prepare() error {
	v.Began = time.Now()
	if n := len(v.insns); n == 0 || n > maxInsns {
		return vlog.Fail(abi.E2BIG)
	}
	v.aux = make([]insnAux, len(v.insns))
	v.graph = cfg.New(v.insns, v.callFacts)
	steps := []func() error{
		v.checkFuncInfo,
		v.findSubprogs,
		func() error { return v.graphStep(v.graph.CheckJumps()) },
		v.takeSubprogs,
		v.checkFuncLayout,
		v.checkLineInfo,
		v.resolveImm64,
		func() error { return v.graphStep(v.graph.Explore(v.exceptionCallback)) },
		v.takeEffects,
		v.checkTarget,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	v.graph.Components()
	live := liveness.Registers(v.graph, v.callFacts)
	for i := range v.aux {
		v.aux[i].scc = v.graph.SCC[i]
		v.aux[i].liveRegsBefore = live[i]
	}
	v.LiveRegs(live, v.graph.SCC)
	v.graph.Fastcall()
	v.takeMarks()
	v.initLiveStack()
	return nil
}

// checkTarget verifies that the program may run where it attaches.
func (v *verifier) checkTarget() (err error) {
	tailCalls := slices.ContainsFunc(v.graph.Subprogs, func(s cfg.Subprog) bool { return s.HasTailCall })
	v.target, err = attach.Check(v.Log, v.k, v.img, tailCalls)
	return err
}

// graphStep logs what a step of package cfg refused.
func (v *verifier) graphStep(err error) error {
	var refused *cfg.Error
	if !errors.As(err, &refused) {
		return err
	}
	for _, idx := range refused.Sources {
		v.LineInfo(idx, strconv.Itoa(idx)+": ")
	}
	if refused.Message == "" {
		return vlog.Fail(refused.Errno)
	}
	return v.Reject(refused.Errno, "%s", refused.Message)
}

// findSubprogs finds where functions start and checks that the kernel functions called exist.
func (v *verifier) findSubprogs() error {
	if err := v.graphStep(v.graph.Discover(v.checkKfuncExists)); err != nil {
		return err
	}
	if err := v.findExceptionCallback(); err != nil {
		return err
	}
	if v.tracing() {
		for i := range v.graph.Subprogs {
			v.Printf("func#%d @%d\n", i, v.graph.Subprogs[i].Start)
		}
	}
	return nil
}

// takeSubprogs copies what the graph says of each function, with an entry more at the end.
func (v *verifier) takeSubprogs() error {
	v.subprogs = make([]subprog, len(v.graph.Subprogs)+1)
	for i := range v.graph.Subprogs {
		g := &v.graph.Subprogs[i]
		v.subprogs[i] = subprog{
			start:             g.Start,
			exitIdx:           g.ExitIdx,
			funcInfo:          -1,
			hasTailCall:       g.HasTailCall,
			tailCallReachable: g.HasTailCall,
			hasLDAbs:          g.HasLDAbs,
		}
	}
	v.subprogs[len(v.graph.Subprogs)] = subprog{start: len(v.insns), funcInfo: -1}
	if ex := v.exceptionCallback; ex != 0 {
		v.subprogs[ex].isCB = true
		v.subprogs[ex].isAsyncCB = true // it starts a stack of its own
		v.subprogs[ex].isExceptionCB = true
	}
	return nil
}

// takeEffects copies what functions do, themselves or by those they call.
func (v *verifier) takeEffects() error {
	v.graph.Order()
	for i := range v.graph.Subprogs {
		g := &v.graph.Subprogs[i]
		v.subprogs[i].postorderStart = g.PostorderStart
		v.subprogs[i].changesPktData = g.ChangesPkt
		v.subprogs[i].mightSleep = g.MightSleep
	}
	v.subprogs[len(v.graph.Subprogs)].postorderStart = len(v.graph.Postorder)
	v.changesPktData = v.subprogs[0].changesPktData
	v.mightSleep = v.subprogs[0].mightSleep
	return nil
}

// takeMarks copies the marks of instructions and fastcall patterns.
func (v *verifier) takeMarks() {
	for i := range v.aux {
		a, m := &v.aux[i], v.graph.Marks[i]
		a.prunePoint = m&cfg.PrunePoint != 0
		a.jmpPoint = m&cfg.JmpPoint != 0
		a.forceCheckpoint = m&cfg.ForceCheckpoint != 0
		a.callsCallback = m&cfg.CallsCallback != 0
		a.fastcallPattern = m&cfg.FastcallPattern != 0
		a.fastcallSpills = v.graph.FastcallSpills[i]
	}
	for i := range v.graph.Subprogs {
		v.subprogs[i].fastcallOff = v.graph.Subprogs[i].FastcallOff
		v.subprogs[i].keepFastcallStack = v.graph.Subprogs[i].KeepFastcall
	}
}

// maxKfuncs is how many different kernel functions a program may call.
const maxKfuncs = 256

// checkKfuncExists verifies that a call names a function of the kernel or a module.
// Calls of id 0 are what a loader makes of unresolved weak functions: they are
// refused only if they can be reached.
func (v *verifier) checkKfuncExists(in *insn.Insn) error {
	if len(v.kfuncsSeen) == 0 {
		if !v.k.Config.JIT {
			return v.Reject(abi.ENOTSUPP, "JIT is required for calling kernel function")
		}
		if !v.prog.GPL {
			return v.Reject(abi.EINVAL, "cannot call kernel function from non-GPL compatible program")
		}
		v.kfuncsSeen = map[kfuncRef]bool{}
	}
	ref := kfuncRef{in.Off, in.Imm}
	if ref == (kfuncRef{}) || v.kfuncsSeen[ref] {
		return nil
	}
	if len(v.kfuncsSeen) == maxKfuncs {
		return v.Reject(abi.E2BIG, "too many different kernel function calls")
	}
	if in.Off < 0 {
		v.Verbose("negative offset disallowed for kernel module function call")
		return v.Reject(abi.EINVAL, "failed to find BTF for kernel function")
	}
	if int(in.Off) >= len(v.typesets) || in.Off == state.TypesProg {
		v.Verbose("invalid module BTF fd specified")
		return v.Reject(abi.EINVAL, "failed to find BTF for kernel function")
	}
	if _, ok := v.typesets[in.Off].ByID(uint32(in.Imm)).(*btf.Func); !ok {
		return v.Reject(abi.EINVAL, "kernel btf_id %d is not a function", uint32(in.Imm))
	}
	if kf := v.k.Kfunc(v.typesets[in.Off], uint32(in.Imm)); kf != nil && kf.DeviceBound {
		return v.Reject(abi.EINVAL, "metadata kfuncs require device-bound program")
	}
	v.kfuncsSeen[ref] = true
	return nil
}

// kfuncRef names a kernel function: type set and id.
type kfuncRef struct {
	set int16
	id  int32
}

const exceptionTag = "exception_callback:"

// findExceptionCallback finds the function that a tag on the main function names as
// the one to run when the program throws.
func (v *verifier) findExceptionCallback() error {
	if len(v.img.Funcs) == 0 {
		return nil
	}
	main, ok := v.img.BTF.ByID(v.img.Funcs[0].TypeID).(*btf.Func)
	if !ok {
		return v.Reject(abi.EINVAL, "invalid btf id for main subprog in func_info")
	}
	name, tags := "", 0
	for _, tag := range main.Tags {
		if rest, ok := strings.CutPrefix(tag, exceptionTag); ok {
			name = rest
			tags++
		}
	}
	switch tags {
	case 0:
		return nil
	case 1:
	default:
		return v.Reject(abi.EEXIST, "multiple exception callback tags for main subprog")
	}
	id, fn := types.Find[*btf.Func](v.img.BTF, name)
	if fn == nil {
		return v.Reject(abi.ENOENT, "exception callback '%s' could not be found in BTF", name)
	}
	if fn.Linkage != btf.GlobalFunc {
		return v.Reject(abi.EINVAL, "exception callback '%s' must have global linkage", name)
	}
	start := 0
	for _, f := range v.img.Funcs {
		if f.TypeID != id {
			continue
		}
		if start = int(f.Insn); start == 0 {
			v.Verbose("invalid exception callback insn_off in func_info: 0")
		}
	}
	if start == 0 {
		return v.Reject(abi.EINVAL, "exception callback type id not found in func_info")
	}
	if _, err := v.graph.AddSubprog(start); err != nil {
		return v.graphStep(err)
	}
	v.exceptionCallback = v.graph.Find(start)
	return nil
}

// findSubprog returns the index of the subprogram that starts at off, -1 for none.
func (v *verifier) findSubprog(off int) int { return v.graph.Find(off) }

// subprogName is the name of a subprogram from its BTF, "" without any.
func (v *verifier) subprogName(i int) string {
	if i < 0 || i >= len(v.subprogs) || v.subprogs[i].funcInfo < 0 {
		return ""
	}
	return types.Name(v.img.BTF.ByID(v.img.Funcs[v.subprogs[i].funcInfo].TypeID))
}
