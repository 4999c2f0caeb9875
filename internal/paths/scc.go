package paths

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
func (p *Paths) chainOf(st *state.State) (callchain, bool) {
	var c callchain
	for i := uint32(0); i <= st.CurFrame; i++ {
		ip := st.IP(i)
		if scc := p.code.SCC[ip]; scc != 0 {
			c.scc = scc
			return c, true
		}
		if i < st.CurFrame {
			c.callsites[i] = ip
		}
	}
	return c, false
}

func (p *Paths) visitOf(c *callchain) *sccVisit {
	for _, visit := range p.visits[c.scc] {
		if visit.chain == *c {
			return visit
		}
	}
	return nil
}

// maybeEnterSCC makes a new checkpoint the entry of the loop it is in, if there is none yet.
func (p *Paths) maybeEnterSCC(st *state.State) {
	c, ok := p.chainOf(st)
	if !ok {
		return
	}
	visit := p.visitOf(&c)
	if visit == nil {
		if p.visits == nil {
			p.visits = map[uint32][]*sccVisit{}
		}
		visit = &sccVisit{chain: c}
		p.visits[c.scc] = append(p.visits[c.scc], visit)
	}
	if visit.entry == nil {
		visit.entry = st
		p.logSCC("enter", &c)
	}
}

// maybeExitSCC settles the marks of a loop when everything below its entry is walked.
func (p *Paths) maybeExitSCC(st *state.State) error {
	c, ok := p.chainOf(st)
	if !ok {
		return nil
	}
	visit := p.visitOf(&c)
	if visit == nil {
		return p.log.Bug("scc exit: no visit info for call chain %s", c.format())
	}
	if visit.entry != st {
		return nil
	}
	p.logSCC("exit", &c)
	visit.entry = nil
	p.backedges -= len(visit.backedges)
	p.updatePeak()
	return p.propagateBackedges(visit)
}

// addBackedge keeps a copy of the current state, found equal to old inside a loop.
func (p *Paths) addBackedge(old, cur *state.State) error {
	st := p.Pool.State()
	p.Pool.Copy(st, cur)
	st.EqualState = old
	c, ok := p.chainOf(old)
	if !ok {
		return p.log.Bug("add backedge: no SCC in verification path, insn_idx %d", cur.InsnIdx)
	}
	visit := p.visitOf(&c)
	if visit == nil {
		return p.log.Bug("add backedge: no visit info for call chain %s", c.format())
	}
	p.logSCC("backedge", &c)
	visit.backedges = append(visit.backedges, st)
	p.backedges++
	p.updatePeak()
	return nil
}

// incompleteMarks reports that st is in a loop whose back edges are not settled.
func (p *Paths) incompleteMarks(st *state.State) bool {
	if len(p.visits) == 0 {
		return false
	}
	c, ok := p.chainOf(st)
	if !ok {
		return false
	}
	visit := p.visitOf(&c)
	return visit != nil && len(visit.backedges) > 0
}

// propagateBackedges carries precision marks around the loop until nothing changes.
func (p *Paths) propagateBackedges(visit *sccVisit) error {
	for round := 0; ; round++ {
		if round > maxBackedgeRounds {
			for _, st := range visit.backedges {
				p.precision.ForceAll(st)
			}
			break
		}
		changed := false
		for i := len(visit.backedges) - 1; i >= 0; i-- { // youngest first
			st := visit.backedges[i]
			c, err := p.precision.Propagate(st.EqualState, st)
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
		p.Pool.Free(st)
	}
	visit.backedges = visit.backedges[:0]
	return nil
}

// Previous returns the youngest state on the current path at the same
// instruction and calls, before cur.
func (p *Paths) Previous(cur *state.State, idx int) *state.State {
	list := *p.exploredAt(cur, idx)
	for i := len(list) - 1; i >= 0; i-- {
		st := list[i]
		if st.InsnIdx == uint32(idx) && st.Branches > 0 && st.SameCallsites(cur) && st.DFSDepth < cur.DFSDepth {
			return st
		}
	}
	return nil
}

// Widen forgets, in a state that starts another iteration, the
// value of scalars that changed since the last one and that no path needed to be
// exact, so that loops converge.
func (p *Paths) Widen(old, cur *state.State) {
	p.compare.Begin(p.LastID)
	for fr := int(old.CurFrame); fr >= 0; fr-- {
		of, cf := old.Frames[fr], cur.Frames[fr]
		for i := 0; i < insn.MaxReg; i++ {
			p.widen(&of.Regs[i], &cf.Regs[i])
		}
		for i := 0; i < min(len(of.Stack), len(cf.Stack)); i++ {
			if of.Stack[i].IsSpilled() && cf.Stack[i].IsSpilled() {
				p.widen(&of.Stack[i].Reg, &cf.Stack[i].Reg)
			}
		}
	}
}

func (p *Paths) widen(old, cur *state.Reg) {
	if old.Type != abi.SCALAR_VALUE || cur.Type != abi.SCALAR_VALUE ||
		old.Precise || cur.Precise || p.compare.RegsExact(old, cur) {
		return
	}
	cur.MarkUnknown()
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
func (p *Paths) logSCC(what string, c *callchain) {
	if p.log.Level > 1 {
		p.log.Printf("SCC %s %s\n", what, c.format())
	}
}
