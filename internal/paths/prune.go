package paths

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
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

// exploredAt returns the list of states remembered for an instruction in the call of the function that st is in.
// Lists are shared by hash, as in the kernel, since counts depend on it.
func (p *Paths) exploredAt(st state.Chain, idx int) **state.Checkpoint {
	h := uint32(idx) ^ uint32(st.Call(st.Point().CurFrame).Callsite)
	return &p.explored[h%uint32(len(p.explored))]
}

// Visited reports that the state cur, at a prune point, needs no walk since an explored one
// covers it; otherwise it may remember cur (is_state_visited).
func (p *Paths) Visited(cur *state.State) (bool, error) {
	idx := int(cur.InsnIdx)
	force := p.Often || !p.unrolled && (p.code.Has(idx, cfg.ForceCheckpoint) || cur.History.Longer(maxHistory))
	sinceJmps, sinceInsns := p.Jmps-p.prevJmps, p.Processed-p.prevProcessed
	add := force || sinceJmps >= minJmpsNewState && sinceInsns >= minInsnsNewState

	list := p.exploredAt(cur, idx)
	if p.halves != nil {
		p.cleanEarly(cur)
	} else {
		p.cleanLiveStates(*list, cur)
	}

	p.compare.Turn()
	compared := 0
	// loop is not asked anew of each state. A callback's rounds are no loop of the graph, so there is no component
	// to settle, but a state compared before may have been in one.
	loop := false
	for at := list; *at != nil; compared++ {
		old := *at
		if old.InsnIdx != uint32(idx) {
			at = &old.Older
			continue
		}
		p.met()
		hit := false
		if old.Branches > 0 {
			var err error
			if hit, err = p.sameLoopState(old, cur); err != nil {
				return false, err
			}
			loop = loop || hit && (!p.code.Has(idx, cfg.CallsCallback) || p.Kernel.Has(kmodel.CallbackLoops))
			if !hit && !force && sinceJmps < minJmpsInLoop && sinceInsns < minInsnsInLoop {
				add = false
			}
		} else {
			loop = p.loops.Unsettled(old)
			exact := state.NotExact
			if loop {
				exact = state.RangeWithin
			}
			hit = p.covers(old, cur, exact)
		}
		if hit {
			old.HitCnt++
			return true, p.takeMarksFrom(old, cur, loop)
		}
		if add {
			old.MissCnt++
		}
		n := uint32(missesPerHit)
		if p.code.Has(idx, cfg.ForceCheckpoint) && old.Branches > 0 {
			n = missesCheckpoint
		}
		if old.MissCnt <= old.HitCnt*n+n {
			at = &old.Older
			continue
		}
		old.Evicted = true
		*at = old.Older
		p.freeSize++
		p.exploredSize--
		p.maybeFree(old)
	}
	p.MaxStatesPerInsn = max(p.MaxStatesPerInsn, compared)
	if !add {
		return false, nil
	}
	p.remember(list, cur)
	return false, nil
}

// covers compares an explored state with the current one. Older kernels compare all registers in loops, whether they are read
// later or not.
func (p *Paths) covers(old *state.Checkpoint, cur *state.State, exact state.Exactness) bool {
	if !p.compare.Covers(old, cur, exact, p.LastID, p.code.LiveRegs) {
		return false
	}
	return exact == state.NotExact || p.compare.Covers(old, cur, exact, p.LastID, nil) || p.Kernel.Has(kmodel.StaticRegLiveness)
}

// sameLoopState compares the current state with one on the path to it. Iterator and
// may_goto loops and callbacks converge where they meet an equal state; any other
// loop that does never ends.
func (p *Paths) sameLoopState(old *state.Checkpoint, cur *state.State) (hit bool, err error) {
	idx, f := int(cur.InsnIdx), old.Call(old.CurFrame)
	switch {
	case f.InAsyncCallback && f.AsyncEntryCnt != cur.Cur().AsyncEntryCnt:
		return false, nil // another entry of the callback, no loop
	case p.unrolled:
		if p.compare.MaybeLooping(old, cur) && p.covers(old, cur, state.Exact) {
			p.log.LineInfo(idx, "; ")
			return false, p.log.Reject(abi.EINVAL, "infinite loop detected at insn %d", idx)
		}
		return false, nil
	case p.code.Has(idx, cfg.IterNext):
		return p.covers(old, cur, state.RangeWithin) && activeIterator(cur), nil
	}
	if p.code.Insns[idx].IsMayGoto() && old.MayGotoDepth != cur.MayGotoDepth && p.covers(old, cur, state.RangeWithin) {
		return true, nil
	}
	if p.code.Has(idx, cfg.CallsCallback) {
		return p.covers(old, cur, state.RangeWithin), nil
	}
	exact := state.NotExact
	if p.Kernel.Has(kmodel.LoopsExact) {
		exact = state.Exact
	}
	if p.compare.MaybeLooping(old, cur) && p.covers(old, cur, exact) && !state.IterDepthsDiffer(old, cur) &&
		old.MayGotoDepth == cur.MayGotoDepth && old.CallbackUnrollDepth == cur.CallbackUnrollDepth {
		p.log.LineInfo(idx, "; ")
		p.log.Verbose("infinite loop detected at insn %d", idx)
		p.log.Printf("cur state:")
		p.log.State(cur, cur.CurFrame, true)
		p.log.Printf("old state:")
		p.log.State(old.State(), cur.CurFrame, true)
		return false, vlog.Fail(abi.EINVAL)
	}
	return false, nil
}

// activeIterator reports that the iterator passed to the next function that st calls has more elements.
func activeIterator(st *state.State) bool {
	r := &st.Cur().Regs[insn.R1]
	off, ok := r.FixedOff()
	if r.Type != abi.PTR_TO_STACK || !ok {
		return false
	}
	f := st.Frames[r.Frame]
	spi, _ := state.SlotOf(off)
	return f != nil && spi >= 0 && spi < len(f.Stack) && f.Stack[spi].IterState == state.ITER_STATE_ACTIVE
}

// takeMarksFrom makes the path that ends here depend on what old depended on.
func (p *Paths) takeMarksFrom(old *state.Checkpoint, cur *state.State, loop bool) error {
	p.LongestMarkRead = max(p.LongestMarkRead, cur.ReadAsBy(old))
	if idx := int(cur.InsnIdx); p.code.Has(idx, cfg.JmpPoint) {
		p.precision.Remember(cur, idx, int(int32(cur.LastInsn)), 0, 0)
	}
	if err := p.precision.PropagateTo(cur, old); err != nil {
		return err
	}
	if loop {
		p.looped()
		return p.loops.Met(old, &cur.Common)
	}
	return nil
}

// remember adds a copy of the current state to the explored ones.
func (p *Paths) remember(list **state.Checkpoint, cur *state.State) {
	p.TotalStates++
	p.exploredSize++
	p.updatePeak()
	p.prevJmps, p.prevProcessed = p.Jmps, p.Processed

	p.clearSingles(cur)
	if p.unrolled {
		forgetPrecise(cur)
	}
	st := p.Pool.Save(cur)
	p.loops.Remembered(st)

	cur.Remembered(st)
	cur.Parent = st
	cur.FirstInsn = cur.InsnIdx
	cur.DFSDepth = st.DFSDepth + 1
	cur.History.Clear()
	st.Older, *list = *list, st
}

// updatePeak counts the states there are now.
func (p *Paths) updatePeak() {
	p.PeakStates = max(p.PeakStates, p.exploredSize+p.freeSize+p.backedges)
}

// Ended tells a finished path's ancestors that it is done.
func (p *Paths) Ended(st *state.State) error {
	if st.Branches--; st.Branches > 0 {
		return nil
	}
	if err := p.loops.Done(st); err != nil {
		return err
	}
	for c := st.Parent; c != nil; {
		if c.Branches--; c.Branches > 0 {
			return nil
		}
		if err := p.loops.Done(c); err != nil {
			return err
		}
		parent := c.Parent
		p.maybeFree(c)
		c = parent
	}
	return nil
}

// maybeFree recycles a state that left its list once no path below it needs it.
func (p *Paths) maybeFree(st *state.Checkpoint) {
	if !st.Evicted || st.Branches != 0 {
		return
	}
	if !st.Cleaned {
		p.looped()
	}
	if p.loops.Keeps(st) {
		return
	}
	p.freeSize--
	p.Pool.Discard(st)
	if !p.Kernel.Has(kmodel.StatesFreed) {
		p.PeakStates = p.exploredSize + p.freeSize
	}
}

// cleanLiveStates forgets, in finished states, the registers and slots nobody reads any more.
func (p *Paths) cleanLiveStates(list *state.Checkpoint, cur *state.State) {
	for st := list; st != nil; st = st.Older {
		if st.Branches > 0 || st.Cleaned || st.InsnIdx != cur.InsnIdx || !state.SameCallsites(st, cur) || p.loops.Unsettled(st) {
			continue
		}
		p.cleanState(st)
	}
}

// cleanState forgets what is not read any more of one state.
func (p *Paths) cleanState(st *state.Checkpoint) {
	if p.slots != nil {
		p.slots.Query(st)
	}
	st.Cleaned = true
	for i := range st.CurFrame + 1 {
		var alive state.Places
		if p.slots != nil {
			alive = state.Places{Regs: p.code.LiveRegs[st.IP(i)], Slots: p.slots.Alive(i)}
		}
		if len(st.Marks) > 0 {
			read := st.Marks[i].Read
			if p.twice && read.Slots&^alive.Slots != 0 {
				p.Kernel.Liveness()
			}
			alive.Regs, alive.Slots = alive.Regs|read.Regs, alive.Slots|read.Slots
		}
		st.Forget(i, alive.Regs, alive.Slots)
	}
}

// cleanRegs forgets the registers of a function at idx that are not read any more.
func (p *Paths) cleanRegs(f *state.Frame, idx uint32) {
	live := p.code.LiveRegs[idx]
	for r := range insn.FP {
		if live&(1<<r) == 0 && f.Regs[r].Type != abi.NOT_INIT {
			f.Regs[r].MarkNotInit()
		}
	}
}
