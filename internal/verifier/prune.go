package verifier

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// Heuristics of is_state_visited; counts follow from them.
const (
	maxHistory       = 40 // longer histories force a checkpoint
	minJmpsNewState  = 2  // jumps and instructions between two states remembered
	minInsnsNewState = 8
	minJmpsInLoop    = 20 // the same while in a loop
	minInsnsInLoop   = 100
	missesPerHit     = 3  // a state that misses more often is dropped
	missesCheckpoint = 64 // the same for checkpoints of loops
)

// exploredAt returns the list of states remembered for an instruction in the current function's call.
// Lists are shared by hash, as in the kernel, since counts depend on it.
func (v *verifier) exploredAt(idx int) *[]*state.State {
	h := uint32(idx) ^ uint32(v.st.Cur().Callsite)
	return &v.walk.explored[h%uint32(len(v.walk.explored))]
}

// isStateVisited reports that the current state needs no walk since an explored
// one covers it; otherwise it may remember the current state (is_state_visited).
func (v *verifier) isStateVisited(idx int) (bool, error) {
	w, cur := &v.walk, v.st
	force := v.code.Has(idx, cfg.ForceCheckpoint) || len(cur.History) > maxHistory
	sinceJmps, sinceInsns := w.jmps-w.prevJmps, w.processed-w.prevProcessed
	add := force || sinceJmps >= minJmpsNewState && sinceInsns >= minInsnsNewState

	list := v.exploredAt(idx)
	v.cleanLiveStates(*list, idx)

	compared := len(*list)
	for i := len(*list) - 1; i >= 0; i-- {
		old := (*list)[i]
		if old.InsnIdx != uint32(idx) {
			continue
		}
		var hit, loop bool
		if old.Branches > 0 {
			var err error
			if hit, err = v.sameLoopState(old, idx); err != nil {
				return false, err
			}
			// A callback's rounds are no loop of the graph, so there is no component to settle.
			loop = hit && !v.code.Has(idx, cfg.CallsCallback)
			if !hit && !force && sinceJmps < minJmpsInLoop && sinceInsns < minInsnsInLoop {
				add = false
			}
		} else {
			loop = v.incompleteMarks(old)
			exact := state.NotExact
			if loop {
				exact = state.RangeWithin
			}
			hit = v.covers(old, cur, exact)
		}
		if hit {
			old.HitCnt++
			return true, v.takeMarksFrom(old, idx, loop)
		}
		if add {
			old.MissCnt++
		}
		n := uint32(missesPerHit)
		if v.code.Has(idx, cfg.ForceCheckpoint) && old.Branches > 0 {
			n = missesCheckpoint
		}
		if old.MissCnt > old.HitCnt*n+n {
			old.Evicted = true
			*list = slices.Delete(*list, i, i+1)
			w.freeSize++
			w.exploredSize--
			v.maybeFree(old)
		}
	}
	w.maxStatesPerInsn = max(w.maxStatesPerInsn, compared)
	if !add {
		return false, nil
	}
	return false, v.remember(list, idx)
}

// covers compares an explored state with the current one.
func (v *verifier) covers(old, cur *state.State, exact state.Exactness) bool {
	return v.walk.compare.Covers(old, cur, exact, v.idGen, v.walk.live)
}

// sameLoopState compares the current state with one on the path to it. Iterator and
// may_goto loops and callbacks converge where they meet an equal state; any other
// loop that does never ends.
func (v *verifier) sameLoopState(old *state.State, idx int) (hit bool, err error) {
	cur, aux := v.st, &v.aux[idx]
	f := old.Cur()
	switch {
	case f.InAsyncCallback && f.AsyncEntryCnt != cur.Cur().AsyncEntryCnt:
		return false, nil // another entry of the callback, no loop
	case aux.isIterNext:
		if v.covers(old, cur, state.RangeWithin) {
			if it := v.iterFromState(cur, idx); it != nil && it.IterState == state.ITER_STATE_ACTIVE {
				return true, nil
			}
		}
		return false, nil
	}
	if v.insns[idx].IsMayGoto() && old.MayGotoDepth != cur.MayGotoDepth && v.covers(old, cur, state.RangeWithin) {
		return true, nil
	}
	if v.code.Has(idx, cfg.CallsCallback) {
		return v.covers(old, cur, state.RangeWithin), nil
	}
	if state.MaybeLooping(old, cur) && v.covers(old, cur, state.Exact) && !state.IterDepthsDiffer(old, cur) &&
		old.MayGotoDepth == cur.MayGotoDepth && old.CallbackUnrollDepth == cur.CallbackUnrollDepth {
		v.LineInfo(idx, "; ")
		v.Verbose("infinite loop detected at insn %d", idx)
		v.Printf("cur state:")
		v.State(cur, cur.CurFrame, true)
		v.Printf("old state:")
		v.State(old, cur.CurFrame, true)
		return false, vlog.Fail(abi.EINVAL)
	}
	return false, nil
}

// takeMarksFrom makes the path that ends here depend on what old depended on.
func (v *verifier) takeMarksFrom(old *state.State, idx int, loop bool) error {
	if v.code.Has(v.idx, cfg.JmpPoint) {
		v.precision.Remember(v.st, v.idx, v.prevIdx, 0, 0)
	}
	if _, err := v.precision.Propagate(old, v.st); err != nil {
		return err
	}
	if loop {
		return v.addBackedge(old, idx)
	}
	return nil
}

// remember adds a copy of the current state to the explored ones.
func (v *verifier) remember(list *[]*state.State, idx int) error {
	w, cur := &v.walk, v.st
	w.totalStates++
	w.exploredSize++
	v.updatePeak()
	w.prevJmps, w.prevProcessed = w.jmps, w.processed

	forgetPrecision(cur)
	st := w.pool.State()
	w.pool.Copy(st, cur)
	st.InsnIdx = uint32(idx)
	v.maybeEnterSCC(st)

	cur.Parent = st
	cur.FirstInsn = uint32(idx)
	cur.DFSDepth = st.DFSDepth + 1
	cur.History = cur.History[:0]
	*list = append(*list, st)
	return nil
}

// forgetPrecision clears the marks a state inherited: what its own paths need is
// marked anew, so that it covers as much as possible.
func forgetPrecision(st *state.State) {
	for i := uint32(0); i <= st.CurFrame; i++ {
		f := st.Frames[i]
		for r := 0; r < insn.FP; r++ {
			if f.Regs[r].Type == abi.SCALAR_VALUE {
				f.Regs[r].Precise = false
			}
		}
		for j := range f.Stack {
			if s := &f.Stack[j]; s.IsSpilled() && s.Type == abi.SCALAR_VALUE {
				s.Precise = false
			}
		}
	}
}

func (v *verifier) updatePeak() {
	w := &v.walk
	w.peakStates = max(w.peakStates, w.exploredSize+w.freeSize+w.backedges)
}

// updateBranchCounts tells a finished path's ancestors that it is done.
func (v *verifier) updateBranchCounts(st *state.State) error {
	var done *state.State
	for st != nil {
		st.Branches--
		if st.Branches > 0 {
			return nil
		}
		if err := v.maybeExitSCC(st); err != nil {
			return err
		}
		parent := st.Parent
		if done != nil {
			v.maybeFree(done)
		}
		done, st = parent, parent
	}
	return nil
}

// maybeFree recycles a state that left its list once no path below it needs it.
func (v *verifier) maybeFree(st *state.State) {
	if !st.Evicted || st.Branches != 0 || v.incompleteMarks(st) {
		return
	}
	v.walk.freeSize--
	v.walk.pool.Free(st)
}

// cleanLiveStates forgets, in finished states, the registers and slots nobody reads any more.
func (v *verifier) cleanLiveStates(list []*state.State, idx int) {
	for i := len(list) - 1; i >= 0; i-- {
		st := list[i]
		if st.Branches > 0 || st.Cleaned || st.InsnIdx != uint32(idx) || !st.SameCallsites(v.st) || v.incompleteMarks(st) {
			continue
		}
		v.cleanState(st)
	}
}

func (v *verifier) cleanState(st *state.State) {
	v.liveQueryInit(st)
	st.Cleaned = true
	for i := uint32(0); i <= st.CurFrame; i++ {
		f := st.Frames[i]
		live := v.code.LiveRegs[st.IP(i)]
		for r := 0; r < insn.FP; r++ {
			if live&(1<<r) == 0 {
				markNotInit(&f.Regs[r])
			}
		}
		slots := v.liveSlots(i)
		for spi := range f.Stack {
			if slots&(1<<spi) == 0 {
				markNotInit(&f.Stack[spi].Reg)
				f.Stack[spi].Kind = [8]state.SlotKind{}
			}
		}
	}
}
