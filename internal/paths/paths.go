// Package paths keeps the paths of a walk: those still to be followed, the states remembered on the way, which
// make it needless to follow others, the loops that paths are in, and what it all costs.
package paths

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/precision"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/trace"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// maxPending is how many paths may wait to be followed (BPF_COMPLEXITY_LIMIT_JMP_SEQ).
const maxPending = 8192

// Paths are the paths of one verification. Before Start only the Pool and the Kernel, which must be set, and the Counts are there.
type Paths struct {
	Pool *state.Pool
	Counts
	// Trail is where paths branch off, nil if nobody asks.
	Trail *trace.Trail
	// Kernel is asked where it decides.
	Kernel *kmodel.Model
	// Often remembers a state at every prune point (BPF_F_TEST_STATE_FREQ).
	Often bool
	// LastID is the highest id that registers, references and locks have so far.
	LastID uint32

	code      *program.Program
	log       *vlog.Printer
	precision *precision.Tracker
	slots     Slots
	loops     Loops
	settle    [kdata.NumLoopRules]Loops // those there are so far
	halves    Halves                    // nil where slots learn from the walk what of the stack is read

	compare  state.Comparer
	links    map[uint32]int // how many numbers have an id, where that is counted
	singles  bool           // that no other is linked with keep their id
	asked    struct{ liveness, loops bool }
	twice    bool // what may be read is told by marks and by slots
	pending  []pending
	explored []*state.Checkpoint // by (instruction ^ call site) mod length the newest, which has the next older one

	prevProcessed, prevJmps int // when the last state was remembered
	exploredSize, freeSize  int
	backedges               int  // states that loops keep besides
	unrolled                bool // loops do not converge
}

// Counts are what a walk has cost.
type Counts struct {
	Processed, Jmps         int // instructions walked; jumps among them
	TotalStates, PeakStates int // states remembered; at one time
	MaxStatesPerInsn        int
	LongestMarkRead         int // states that one read marked, one behind another; 0 where none are marked
}

// pending is a path to be followed later.
type pending struct {
	st          *state.State // nil where it is packed
	packed      *state.Checkpoint
	idx, prev   int
	logPosition int
	step        int // that it goes on from
}

// Start prepares for the paths of a program. slots tells which stack slots may still be read; of a kernel that marks what is read
// it is set for those who listen.
func (p *Paths) Start(log *vlog.Printer, code *program.Program, precise *precision.Tracker, slots Slots) {
	p.log, p.code, p.precision, p.slots = log, code, precise, slots
	rules := p.Kernel.Engine().Loops
	if p.settle[rules] == nil {
		p.settle[rules] = loopRules[rules](p)
	}
	p.loops, p.unrolled = p.settle[rules], p.Kernel.Unrolled()
	p.twice = slots != nil && p.Kernel.Engine().Liveness == kdata.LivenessMarks
	p.compare.Older, p.compare.Cleaned = p.unrolled, false
	if log.Level > 1 { // it shows
		p.met()
		p.looped()
	}
	p.explored = slices.Grow(p.explored, len(code.Insns))[:len(code.Insns)]
}

// Recycle empties paths, which must have been dropped, and keeps memory for those of the next program.
func (p *Paths) Recycle() {
	*p = Paths{Pool: p.Pool, compare: p.compare, settle: p.settle, pending: p.pending[:0], explored: p.explored[:0]}
}

// met is told that a state is compared with one that was remembered: what is thought to be read later decides, unless both ways
// to think so are gone, see state.Marked.
func (p *Paths) met() {
	if !p.asked.liveness && !p.twice {
		p.asked.liveness = true
		p.Kernel.Liveness()
	}
}

// looped is told that it decides by which rules loops are settled.
func (p *Paths) looped() {
	if !p.asked.loops {
		p.asked.loops = true
		p.Kernel.Loops()
	}
}

// Begin starts a walk, from no step.
func (p *Paths) Begin() { p.Trail.Begin(p.Processed+1, 0) }

// Comparer compares states; what it looks at is set before the walk.
func (p *Paths) Comparer() *state.Comparer { return &p.compare }

// Push remembers a copy of the state st to be walked later from idx; prev is the instruction it comes
// from. tooMany is the error number where no more paths can be remembered, on kernels where each caller has
// its own idea of it.
func (p *Paths) Push(st *state.State, idx, prev int, tooMany abi.Errno) (*state.State, error) {
	other := p.Pool.State()
	p.Pool.Copy(other, st)
	p.wait(other, idx, prev)
	if n := len(p.pending); n > maxPending {
		return nil, p.log.Reject(p.tooMany(tooMany), "The sequence of %d jumps is too complex.", n)
	}
	if other.Parent != nil {
		other.Parent.Branches++
	}
	return other, nil
}

// PushAsync remembers to walk an asynchronous callback, which starts on a stack of its own, with frame.
func (p *Paths) PushAsync(frame *state.Frame, idx, prev int, sleepable bool) (*state.State, error) {
	st := p.Pool.State()
	p.wait(st, idx, prev)
	st.Branches = 1
	st.InSleepable = sleepable
	st.Frames[0] = frame
	if n := len(p.pending); n > maxPending {
		return nil, p.log.Reject(p.tooMany(abi.EFAULT), "The sequence of %d jumps is too complex for async cb.", n)
	}
	return st, nil
}

// tooMany is the error number of too many paths; older is that of older kernels.
func (p *Paths) tooMany(older abi.Errno) abi.Errno {
	if p.Kernel.Has(kmodel.PathErrorsKept) {
		return abi.E2BIG
	}
	return older
}

// soon is how many of the youngest paths that wait are not packed: it will be their turn before long. The youngest, which may
// still change, must not be.
const soon = 32

// wait adds a path to those that wait.
func (p *Paths) wait(st *state.State, idx, prev int) {
	if i := len(p.pending) - soon; i >= 0 {
		if old := &p.pending[i]; old.st != nil {
			old.packed, old.st = p.Pool.Pack(old.st), nil
		}
	}
	p.pending = append(p.pending, pending{st: st, idx: idx, prev: prev, logPosition: p.log.Position(), step: p.Processed})
}

// Pop takes the youngest path that waits, with the instruction it goes on with and the one it comes from. done, the
// state of the path that has ended, is recycled. st is nil if no path waits.
func (p *Paths) Pop(done *state.State) (st *state.State, idx, prev int) {
	n := len(p.pending)
	if n == 0 {
		return nil, 0, 0
	}
	next := p.pending[n-1]
	p.pending = p.pending[:n-1]
	p.Pool.Free(done)
	p.Trail.Begin(p.Processed+1, next.step)
	if p.log.Level < 2 {
		p.log.Reset(next.logPosition)
	}
	if next.st == nil {
		next.st = p.Pool.Unpack(next.packed)
	}
	return next.st, next.idx, next.prev
}

// Drop forgets all paths and states, and st, the current one, after a function is done. Its part in the peak
// stays, as in the kernel.
func (p *Paths) Drop(st *state.State) {
	p.Pool.Free(st)
	for _, next := range p.pending {
		if next.st != nil {
			p.Pool.Free(next.st)
		} else {
			p.Pool.Discard(next.packed)
		}
	}
	p.pending = p.pending[:0]
	p.Pool.DiscardAll(p.explored)
	clear(p.explored)
	p.loops.Forget()
}
