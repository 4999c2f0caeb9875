package verifier

import (
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// maxBackedgeRounds is when propagating marks around a loop gives up (MAX_BACKEDGE_ITERS).
const maxBackedgeRounds = 64

// callchain names one way into a loop: the calls that lead to the frame that is
// in a strongly connected component, and the component.
type callchain struct {
	callsites [state.MAX_CALL_FRAMES - 1]uint32
	scc       uint32
}

// sccVisit collects the paths that met a state they come from (back edges) while
// not all paths below the entry are walked. Only then are their marks final.
type sccVisit struct {
	chain     callchain
	entry     *state.State
	backedges []*state.State
}

// chainOf finds the outermost frame of st inside a loop; false if none is.
func (v *verifier) chainOf(st *state.State) (callchain, bool) {
	var c callchain
	for i := uint32(0); i <= st.CurFrame; i++ {
		ip := st.IP(i)
		if scc := v.code.SCC[ip]; scc != 0 {
			c.scc = scc
			return c, true
		}
		if i < st.CurFrame {
			c.callsites[i] = ip
		}
	}
	return c, false
}

func (v *verifier) visitOf(c *callchain) *sccVisit {
	for _, visit := range v.walk.visits[c.scc] {
		if visit.chain == *c {
			return visit
		}
	}
	return nil
}

// maybeEnterSCC makes a new checkpoint the entry of the loop it is in, if there is none yet.
func (v *verifier) maybeEnterSCC(st *state.State) {
	c, ok := v.chainOf(st)
	if !ok {
		return
	}
	visit := v.visitOf(&c)
	if visit == nil {
		if v.walk.visits == nil {
			v.walk.visits = map[uint32][]*sccVisit{}
		}
		visit = &sccVisit{chain: c}
		v.walk.visits[c.scc] = append(v.walk.visits[c.scc], visit)
	}
	if visit.entry == nil {
		visit.entry = st
		v.logSCC("enter", &c)
	}
}

// maybeExitSCC settles the marks of a loop when everything below its entry is walked.
func (v *verifier) maybeExitSCC(st *state.State) error {
	c, ok := v.chainOf(st)
	if !ok {
		return nil
	}
	visit := v.visitOf(&c)
	if visit == nil {
		return v.Bug("scc exit: no visit info for call chain %s", c.format())
	}
	if visit.entry != st {
		return nil
	}
	v.logSCC("exit", &c)
	visit.entry = nil
	v.walk.backedges -= len(visit.backedges)
	v.updatePeak()
	return v.propagateBackedges(visit)
}

// addBackedge keeps a copy of the current state, found equal to old inside a loop.
func (v *verifier) addBackedge(old *state.State, idx int) error {
	st := v.walk.pool.State()
	v.walk.pool.Copy(st, v.st)
	st.EqualState = old
	st.InsnIdx = uint32(idx)
	c, ok := v.chainOf(old)
	if !ok {
		return v.Bug("add backedge: no SCC in verification path, insn_idx %d", idx)
	}
	visit := v.visitOf(&c)
	if visit == nil {
		return v.Bug("add backedge: no visit info for call chain %s", c.format())
	}
	v.logSCC("backedge", &c)
	visit.backedges = append(visit.backedges, st)
	v.walk.backedges++
	v.updatePeak()
	return nil
}

// incompleteMarks reports that st is in a loop whose back edges are not settled.
func (v *verifier) incompleteMarks(st *state.State) bool {
	if len(v.walk.visits) == 0 {
		return false
	}
	c, ok := v.chainOf(st)
	if !ok {
		return false
	}
	visit := v.visitOf(&c)
	return visit != nil && len(visit.backedges) > 0
}

// propagateBackedges carries precision marks around the loop until nothing changes.
func (v *verifier) propagateBackedges(visit *sccVisit) error {
	for round := 0; ; round++ {
		if round > maxBackedgeRounds {
			for _, st := range visit.backedges {
				v.precision.ForceAll(st)
			}
			break
		}
		changed := false
		for i := len(visit.backedges) - 1; i >= 0; i-- { // youngest first
			st := visit.backedges[i]
			c, err := v.precision.Propagate(st.EqualState, st)
			if err != nil {
				return err
			}
			changed = changed || c
		}
		if !changed {
			break
		}
	}
	for _, st := range visit.backedges {
		v.walk.pool.Free(st)
	}
	visit.backedges = visit.backedges[:0]
	return nil
}

// findPrevEntry returns the youngest state on the current path at the same
// instruction and calls, before cur.
func (v *verifier) findPrevEntry(cur *state.State, idx int) *state.State {
	list := *v.exploredAt(idx)
	for i := len(list) - 1; i >= 0; i-- {
		st := list[i]
		if st.InsnIdx == uint32(idx) && st.Branches > 0 && st.SameCallsites(cur) && st.DFSDepth < cur.DFSDepth {
			return st
		}
	}
	return nil
}

// widenImpreciseScalars forgets, in a state that starts another iteration, the
// value of scalars that changed since the last one and that no path needed to be
// exact, so that loops converge.
func (v *verifier) widenImpreciseScalars(old, cur *state.State) {
	v.walk.compare.Begin(v.idGen)
	for fr := int(old.CurFrame); fr >= 0; fr-- {
		of, cf := old.Frames[fr], cur.Frames[fr]
		for i := 0; i < insn.MaxReg; i++ {
			v.widen(&of.Regs[i], &cf.Regs[i])
		}
		for i := 0; i < min(len(of.Stack), len(cf.Stack)); i++ {
			if of.Stack[i].IsSpilled() && cf.Stack[i].IsSpilled() {
				v.widen(&of.Stack[i].Reg, &cf.Stack[i].Reg)
			}
		}
	}
}

func (v *verifier) widen(old, cur *state.Reg) {
	if old.Type != abi.SCALAR_VALUE || cur.Type != abi.SCALAR_VALUE ||
		old.Precise || cur.Precise || v.walk.compare.RegsExact(old, cur) {
		return
	}
	markUnknown(cur)
}

// format shows the calls that lead into a loop, and the loop's number.
func (c *callchain) format() string {
	var b strings.Builder
	b.WriteByte('(')
	for _, at := range c.callsites {
		if at == 0 {
			break
		}
		fmt.Fprintf(&b, "%d,", at)
	}
	fmt.Fprintf(&b, "%d)", c.scc)
	return b.String()
}

// logSCC logs, at level 2, that the walk enters or leaves a loop, or got back to its start.
func (v *verifier) logSCC(what string, c *callchain) {
	if v.Level > 1 {
		v.Printf("SCC %s %s\n", what, c.format())
	}
}
